#include "auditor/audit/adapter_coverage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

namespace detaudit::auditor {
namespace {

using instrument::SourceKind;
using Texts = std::map<std::string, std::set<std::string>>;

// What records of one kind say, and of what, over all runs.
Texts told(const Observation& observation, SourceKind kind) {
  Texts texts;
  for (const ObservedRun& run : observation.runs)
    for (const instrument::SourceRecord& record : run.facts.sources)
      if (record.kind == kind) texts[record.function].insert(record.site);
  return texts;
}

}  // namespace

std::vector<std::string> unseen_by_adapters(const Observation& observation) {
  constexpr size_t kShown = 4;
  std::vector<std::string> lines;
  for (auto& [what, of] : told(observation, SourceKind::kAdapterUnseen)) {
    std::vector<std::string> places(of.begin(), of.end());
    std::erase(places, "");
    const size_t more = places.size() - std::min(places.size(), kShown);
    places.resize(places.size() - more);
    std::string line = "python: " + what;
    if (!places.empty()) line += fmt::format(" ({}", fmt::join(places, "; "));
    if (more > 0) line += fmt::format("; and {} more", more);
    lines.push_back(places.empty() ? line : line + ")");
  }
  return lines;
}

Mode mode_of_runs(const Observation& observation) {
  const Texts phases = told(observation, SourceKind::kAdapterPhase);
  if (phases.contains("training")) return Mode::kTraining;
  return phases.contains("inference") ? Mode::kInference : Mode::kUnknown;
}

void add_frameworks_used(const Observation& observation, Manifest& manifest) {
  for (const auto& [what, versions] : told(observation, SourceKind::kAdapter)) {
    const bool interpreter = what == "adapter";
    manifest[kOfRuns + (interpreter ? "python" : what)] =
        fmt::format("{}", fmt::join(versions, ", "));
  }
  const Texts phases = told(observation, SourceKind::kAdapterPhase);
  const bool trained = phases.contains("training"), inferred = phases.contains("inference");
  if (!trained && !inferred) return;
  manifest[std::string(kOfRuns) + "mode"] = !trained    ? "inference"
                                            : !inferred ? "training"
                                                        : "training and evaluation";
}

}  // namespace detaudit::auditor
