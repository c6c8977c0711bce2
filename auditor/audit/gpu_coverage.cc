#include "auditor/audit/gpu_coverage.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>
#include <tuple>

namespace detaudit::auditor {
namespace {

// As the probe names them (instrument/cupti/gpu_coverage.cc).
constexpr const char* kLaunches = "kernel launches";
constexpr const char* kGraphs = "graph launches";
constexpr const char* kSweeps = "sweeps over all memory";
constexpr const char* kRaced = "sweeps of work that threads gave in no fixed order";
constexpr const char* kWidest = "launches between two sweeps at most";
constexpr const char* kAlone = "launches, copies and fills not digested one by one";
constexpr const char* kBefore = "launches before sweeps took over";
constexpr const char* kCuda = "CUDA version of the driver of a device used";
constexpr const char* kReached = "bytes reached before sweeps took over";

using Totals = std::map<std::string, uint64_t>;

uint64_t of(const Totals& totals, const char* name) {
  const auto found = totals.find(name);
  return found == totals.end() ? 0 : found->second;
}

std::string size_of(uint64_t bytes) {
  return bytes >> 30 ? fmt::format("{:.1f} GiB", static_cast<double>(bytes) / (1 << 30))
                     : fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

// Where sweeps took over: device, record, number. Each process tells its own.
using ChangeOvers = std::multiset<std::tuple<std::string, std::string, uint64_t>>;

ChangeOvers change_overs(const RunFacts& run) {
  ChangeOvers all;
  for (const instrument::SourceRecord& record : run.sources)
    if (record.kind == instrument::SourceKind::kCoverage && record.function == kBefore)
      all.emplace(record.site, record.function, record.count);
  return all;
}

std::string sweeps_made(const Totals& totals) {
  return fmt::format("{} sweeps over all mapped memory, at most {} launches apart",
                     of(totals, kSweeps), of(totals, kWidest));
}

void describe_auto(const RunFacts& run, const Totals& totals, GpuCoverage& coverage) {
  const std::string limits =
      fmt::format("{} launches or {}", GpuSight::kFineLaunches, size_of(GpuSight::kFineBytes));
  const ChangeOvers changed = change_overs(run);
  if (changed.empty()) {
    coverage.detail.push_back(fmt::format(
        "gpu: fine, chosen by size: {} launches and what they reach stay within {}; the "
        "buffers of each were digested",
        of(totals, kLaunches) + of(totals, kGraphs), limits));
    return;
  }
  // Bytes are told behind the launches of the same change.
  std::string device;
  uint64_t launches = 0;
  for (const instrument::SourceRecord& record : run.sources) {
    if (record.kind != instrument::SourceKind::kCoverage) continue;
    if (record.function == kBefore) {
      device = record.site;
      launches = record.count;
    } else if (record.function == kReached && record.site == device) {
      coverage.detail.push_back(fmt::format(
          "{}: coarse from launch {} on, chosen by size: {} launches reached {}, beyond "
          "{}; {}",
          device, launches + 1, launches, size_of(record.count), limits, sweeps_made(totals)));
    }
  }
}

void describe_detail(const GpuSight& sight, const RunFacts& run, const Totals& totals,
                     GpuCoverage& coverage) {
  switch (sight.detail) {
    case GpuDetail::kFine:
      coverage.detail.push_back("gpu: fine, as asked: the buffers of each launch were digested");
      return;
    case GpuDetail::kCoarse:
      coverage.detail.push_back("gpu: coarse, as asked: " + sweeps_made(totals));
      return;
    case GpuDetail::kAuto:
      return describe_auto(run, totals, coverage);
  }
}

// What sweeps leave in the dark.
void describe_sweeps(Totals& totals, GpuCoverage& coverage) {
  const uint64_t sweeps = of(totals, kSweeps), raced = of(totals, kRaced);
  if (const uint64_t alone = of(totals, kAlone)) {
    coverage.unseen.push_back(
        fmt::format("gpu: {} launches, copies and fills were seen by sweeps alone: what was "
                    "overwritten or freed between two sweeps, or read back by the host, was not "
                    "compared",
                    alone));
    totals.erase(kAlone);
    if (sweeps <= raced) {
      coverage.unswept = sweeps == 0
                             ? "gpu: no sweep was made, so most of its work was not compared"
                             : "gpu: threads gave work in no fixed order, so no sweep could "
                               "be compared";
    }
  }
  totals.erase(kSweeps);
  totals.erase(kWidest);
}

}  // namespace

GpuCoverage gpu_coverage(const GpuSight& sight, const RunFacts& run) {
  GpuCoverage coverage;
  Totals totals;
  for (const instrument::SourceRecord& record : run.sources) {
    if (record.kind != instrument::SourceKind::kCoverage) continue;
    coverage.used = true;
    if (record.function == "the GPU could not be observed")
      coverage.blind = record.site;
    else if (record.function == kWidest)
      totals[kWidest] = std::max(totals[kWidest], record.count);
    else if (record.site.empty())  // else it speaks of one kernel's code, or device
      totals[record.function] += record.count;
  }
  if (coverage.used && !coverage.blind) describe_detail(sight, run, totals, coverage);
  const auto pair = [&](const char* all, const char* digested) {
    const auto found = totals.find(all);
    if (found == totals.end()) return;
    coverage.seen.push_back(fmt::format("gpu: {} {}, {} digested", found->second, all,
                                        totals[digested]));
    totals.erase(all);
    totals.erase(digested);
  };
  pair(kLaunches, "kernel launches digested");
  pair(kGraphs, "graph launches digested");
  for (const char* seen : {"copies", "fills", "copies and fills digested", "the GPU was observed",
                           "kernel launches replayed"})
    totals.erase(seen);
  describe_sweeps(totals, coverage);
  for (const auto& [what, count] : totals)
    coverage.unseen.push_back(fmt::format("gpu: {} {}", count, what));
  return coverage;
}

void add_gpus_used(const Observation& observation, Manifest& manifest) {
  std::set<std::string> names;
  uint64_t cuda = 0;
  for (const ObservedRun& run : observation.runs)
    for (const instrument::SourceRecord& record : run.facts.sources) {
      if (record.kind != instrument::SourceKind::kCoverage || record.function != kCuda) continue;
      names.insert(record.site);
      cuda = std::max(cuda, record.count);
    }
  if (names.empty()) return;
  manifest["run.gpu"] = fmt::format("{}", fmt::join(names, ", "));
  manifest["run.cuda"] = fmt::format("{}.{}", cuda / 1000, cuda % 1000 / 10);
}

bool changed_over_alike(const Observation& observation) {
  return std::all_of(observation.runs.begin(), observation.runs.end(), [&](const ObservedRun& run) {
    return change_overs(run.facts) == change_overs(observation.runs.front().facts);
  });
}

}  // namespace detaudit::auditor
