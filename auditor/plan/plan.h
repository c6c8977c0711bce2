#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "auditor/launch/runner.h"
#include "auditor/plan/gpu_sight.h"
#include "rules/evidence.h"

namespace detaudit::auditor {

enum class Goal { kBitwise, kMetrics, kDocumented };
enum class Scope { kRunToRun, kThreadCount, kDevice };
const char* goal_name(Goal goal);
const char* scope_name(Scope scope);

// A metric that --goal metrics judges: |a - b| <= tolerance, or <= tolerance * |a| when relative.
struct MetricTolerance {
  enum class Kind { kAbsolute, kRelative };
  std::string name;
  double tolerance = 0;
  Kind kind = Kind::kAbsolute;
};

// What an audit is to do: subject, runs, and what is asked of them.
struct Plan {
  Subject subject;
  std::string title;
  unsigned runs = 2;
  unsigned replays = 0;
  std::set<rules::Factor> perturb;
  Goal goal = Goal::kBitwise;
  Scope scope = Scope::kRunToRun;
  std::vector<MetricTolerance> metrics;
  std::optional<double> timeout_seconds;
  std::optional<double> budget_seconds;      // for control arms, and for each other search
  bool judge_stderr = false;
  int expected_exit = 0;
  Conditions::Folder folder = Conditions::Folder::kAsIs;  // of every run; kFresh: --isolate
  std::vector<std::string> ignore_outputs;   // globs: "stdout", "stderr" or a path
  GpuSight gpu;
  unsigned threads = 0;                      // of the built-in workload; 0: its default
};

}  // namespace detaudit::auditor
