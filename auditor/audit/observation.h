#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "auditor/audit/outputs.h"
#include "auditor/plan/plan.h"
#include "auditor/compare/comparison.h"
#include "auditor/experiments/bisection.h"
#include "auditor/launch/runner.h"
#include "rules/cause.h"

namespace detaudit::auditor {

// A file that a run opened as an earlier run had left it.
struct EarlierFile {
  std::string path;
  unsigned writer = 0;  // index of that run
};

// One run as observed.
struct ObservedRun {
  Conditions conditions;
  RunResult result;
  RunFacts facts;
  RunOutputs outputs;
  bool traced = false;     // a probe was at work inside the process
  int expected_exit = 0;
  std::vector<EarlierFile> earlier_files;
  bool failed() const { return result.end != RunEnd::kExited || result.exit_code != expected_exit; }
  bool ended_well() const { return facts.finished && !failed(); }
};

// One origin and what was concluded about it.
struct Finding {
  OriginGroup group;
  rules::OriginEvidence evidence;
  rules::Conclusion conclusion;
  bool proven_divergence = true;   // false: its own records are the lossy ones
  bool set_aside = false;          // an output that only carries the clock
  std::vector<std::string> search;  // how it was found: by a search on the GPU, or from how runs ended
  std::vector<std::string> written_by{};  // of an output: who wrote what parted, what was read before
  std::string written_in{};             // the source file of the first of those calls; empty: unknown
  uint32_t written_on_line = 0;
  bool only_our_variables = false;  // an output that differs in what the audit itself set alone
};

// The search for the launch behind a sweep of the GPU's memory that parted.
struct GpuSearch {
  Bisection bisection;
  OriginGroup sweep;               // in the audit's own runs
  std::vector<OriginGroup> named;  // of the last round; empty unless that named something
};

// Everything that an audit saw, before it is judged.
struct Observation {
  std::vector<ObservedRun> runs;
  std::vector<Comparison> comparisons;   // run 0 with run i + 1
  std::vector<Finding> findings;
  std::optional<GpuSearch> gpu_search;
  std::vector<std::string> experiments;
  bool interrupted = false;  // by Ctrl-C, when runs had parted: what could explain it is missing
  std::vector<std::string> folders_watched;    // where files are judged whoever wrote them
  std::vector<std::string> folders_left_out;   // and where not, why
  bool opened_earlier_files() const {
    return std::any_of(runs.begin(), runs.end(),
                       [](const ObservedRun& run) { return !run.earlier_files.empty(); });
  }
};

}  // namespace detaudit::auditor
