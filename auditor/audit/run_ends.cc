#include "auditor/audit/run_ends.h"

#include <fmt/format.h>
#include <algorithm>
#include <set>

#include "auditor/audit/verdict.h"

namespace detaudit::auditor {

bool ends_differ(const Observation& observation) {
  const std::vector<ObservedRun>& runs = observation.runs;
  const auto of_its_own = [](const ObservedRun& run) {
    return run.result.end == RunEnd::kExited || run.result.end == RunEnd::kSignalled;
  };
  return std::all_of(runs.begin(), runs.end(), of_its_own) &&
         std::any_of(runs.begin(), runs.end(), [&](const ObservedRun& run) {
           return describe_end(run.result) != describe_end(runs.front().result);
         });
}

OriginGroup end_group(const Observation& observation) {
  OriginGroup group;
  group.shape = DivergenceShape::kEndsDiffer;
  group.first.kind = instrument::EventKind::kOutput;
  group.first.op = "exit status";
  for (const ObservedRun& run : observation.runs) {
    group.first.step = std::max(group.first.step, run.facts.last_step);
    group.first.order = std::max(group.first.order, run.facts.events);
  }
  group.occurrences = 1;
  return group;
}

std::vector<std::string> describe_ends(const Observation& observation) {
  std::vector<std::string> lines;
  std::set<std::string> told;
  for (size_t i = 0; i < observation.runs.size(); ++i) {
    const std::string end = describe_end(observation.runs[i].result);
    if (told.insert(end).second) lines.push_back(fmt::format("run {}: {}", i + 1, end));
  }
  return lines;
}

std::optional<reports::Diagnostic> failure_of(const Observation& observation) {
  const std::vector<ObservedRun>& runs = observation.runs;
  const auto first =
      std::find_if(runs.begin(), runs.end(), [](const ObservedRun& run) { return run.failed(); });
  if (first == runs.end()) return std::nullopt;
  const auto failed =
      std::count_if(first, runs.end(), [](const ObservedRun& run) { return run.failed(); });
  reports::Diagnostic diagnostic;
  diagnostic.code = "DET907";
  diagnostic.message =
      fmt::format("{} of {} runs of the subject failed, {}run {}: {}", failed, runs.size(),
                  failed > 1 ? "first " : "", first - runs.begin() + 1, describe_failure(*first));
  diagnostic.notes.push_back(
      fmt::format("{} events were recorded before that; they are kept", first->facts.events));
  const RunResult& result = first->result;
  const std::string& tail = result.stderr_tail.empty() ? result.stdout_tail : result.stderr_tail;
  if (!tail.empty()) diagnostic.notes.push_back("its last output:\n" + tail);
  diagnostic.helps.push_back(result.end == RunEnd::kTimedOut
                                 ? "give it more time with --timeout, or less to do"
                                 : "make the program succeed by itself first; --expect-exit says "
                                   "which exit code success is");
  if (result.end != RunEnd::kTimedOut && first->conditions.memory_fill) {
    diagnostic.helps.push_back(
        "where it succeeds outside of an audit, it may use memory that it never wrote, of which an "
        "audit fills the heap and the stack: `--perturb none` leaves both as they are, "
        "MemorySanitizer and Valgrind name the line");
  }
  if (first->conditions.folder == Conditions::Folder::kFresh) {
    diagnostic.helps.push_back(
        "under --isolate it ran in a copy of its folder: name what lies outside of that by an "
        "absolute path");
  }
  return diagnostic;
}

}  // namespace detaudit::auditor
