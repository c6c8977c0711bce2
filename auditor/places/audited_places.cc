#include "auditor/places/audited_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "auditor/audit/kernel_name.h"
#include "auditor/compare/comparison.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

void count(const PlaceRecords& records, const Comparison& comparison, PlaceSeen& seen) {
  for (const auto& [identity, op] : records.events) {
    const auto watched = comparison.watched.find(identity);
    if (watched == comparison.watched.end()) continue;
    switch (watched->second) {
      case EventOutcome::kAgrees:
        ++seen.agreed;
        break;
      case EventOutcome::kOrigin:
        seen.parted.insert(op);
        break;
      case EventOutcome::kPropagated:
        ++seen.untested;
        break;
      case EventOutcome::kOnlyInFirst:
      case EventOutcome::kOnlyInSecond:
        ++seen.unpaired;
        break;
      case EventOutcome::kAbsent:  // of another pair of runs
        break;
    }
  }
}

void compare(const std::vector<fs::path>& runs, const std::vector<PlaceRecords>& records,
             AuditedPlaces& audited) {
  CompareOptions options;
  for (const PlaceRecords& place : records) {
    for (const auto& [identity, op] : place.events) options.watch.push_back(identity);
  }
  if (options.watch.empty()) return;
  for (size_t run = 1; run < runs.size(); ++run) {
    const Comparison comparison = compare_runs(runs[0], runs[run], options);
    for (size_t i = 0; i < records.size(); ++i) count(records[i], comparison, audited.seen[i]);
  }
}

bool is_there(const reports::ReportFinding& finding, const Place& place,
              const fs::path& directory) {
  if (!finding.kernel.empty() &&
      (place.symbol.empty()
           ? !place.function.empty() && place.function == base_name(finding.kernel)
           : kernel_name(place.symbol).full == finding.kernel)) {
    return true;
  }
  if (!finding.location || place.file.empty()) return false;
  std::error_code error;
  const unsigned line = finding.location->line;
  return line >= place.first_line && line <= place.last_line &&
         fs::canonical(directory / finding.location->file, error) == place.file;
}

}  // namespace

std::vector<fs::path> runs_of(const fs::path& audit) {
  std::vector<fs::path> runs;
  std::error_code error;
  for (size_t i = 0; fs::is_directory(audit / fmt::format("run-{}", i), error); ++i) {
    runs.push_back(audit / fmt::format("run-{}", i));
  }
  return runs;
}

std::optional<instrument::SourceKind> source_of(const reports::ReportFinding& finding) {
  if (finding.proof != "counterfactual") return std::nullopt;
  if (finding.cause == "unseeded-rng") return instrument::SourceKind::kEntropy;
  if (finding.cause == "time-dependence") return instrument::SourceKind::kClock;
  return std::nullopt;
}

AuditedPlaces audited_places(const Store& store, const std::string& id,
                             const std::vector<Place>& places) {
  AuditedPlaces audited;
  audited.report = store.load(id);
  audited.directory = store.plan(id).directory;
  audited.seen.resize(places.size());
  for (size_t i = 0; i < places.size(); ++i) {
    for (const reports::ReportFinding& finding : audited.report.findings) {
      if (is_there(finding, places[i], audited.directory))
        audited.seen[i].located.insert(finding.id);
    }
  }
  const std::vector<fs::path> runs = runs_of(store.trace_directory(id));
  // A run without a probe leaves its outputs alone.
  audited.traced = !runs.empty() && runs.size() == audited.report.runs.size();
  if (!audited.traced) return audited;
  TracePlaces traces(places, audited.directory, store.trace_directory(id));
  for (const fs::path& run : runs) traces.add(run);
  compare(runs, traces.records(), audited);
  for (size_t i = 0; i < places.size(); ++i) {
    audited.seen[i].ran = traces.records()[i].any();
    audited.seen[i].all_compared = !traces.records()[i].cut;
    for (const reports::ReportFinding& finding : audited.report.findings) {
      const auto kind = source_of(finding);
      if (kind && traces.is_only_source(i, *kind)) audited.seen[i].came_of_it.insert(finding.id);
    }
    if (places[i].file.empty()) continue;
    if (traces.knows(places[i].file)) audited.known.insert(places[i].file);
    audited.modules[places[i].file] = traces.modules(places[i].file);
    if (const auto built = traces.built(places[i].file)) audited.built[places[i].file] = *built;
  }
  for (const auto kind : {instrument::SourceKind::kEntropy, instrument::SourceKind::kClock,
                          instrument::SourceKind::kPid}) {
    if (traces.read_any(kind)) audited.read.insert(kind);
  }
  audited.saw_python = traces.saw_python();
  audited.gaps = traces.gaps();
  audited.gpu_gaps = traces.gpu_gaps();
  return audited;
}

}  // namespace detaudit::auditor
