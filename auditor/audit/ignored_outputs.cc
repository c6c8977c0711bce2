#include "auditor/audit/ignored_outputs.h"

#include <algorithm>

namespace detaudit::auditor {

std::vector<std::string> ignored_in_vain(const Plan& plan, const Observation& observation) {
  std::vector<std::string> lines;
  for (const std::string& pattern : plan.ignore_outputs) {
    const bool matched = std::any_of(
        observation.runs.begin(), observation.runs.end(), [&](const ObservedRun& run) {
          return std::any_of(run.outputs.ignored.begin(), run.outputs.ignored.end(),
                             [&](const auto& name) { return matches_output(pattern, name); });
        });
    if (!matched) lines.push_back("`--ignore-output " + pattern + "` matched no output");
  }
  return lines;
}

}  // namespace detaudit::auditor
