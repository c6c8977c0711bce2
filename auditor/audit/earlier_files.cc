#include "auditor/audit/earlier_files.h"

#include <ctime>
#include <fmt/format.h>

namespace detaudit::auditor {
namespace {

// The clock that file systems stamp by: what is written from now on has this time or a later one.
int64_t file_clock_ns() {
  timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

EarlierFiles::EarlierFiles() : started_ns_(file_clock_ns()) {}

void EarlierFiles::begin_run(Conditions& conditions) const {
  conditions.control.earlier_to_ns = file_clock_ns();
  // Before the first run nothing is an earlier one's.
  conditions.control.earlier_from_ns =
      writers_.empty() ? conditions.control.earlier_to_ns : started_ns_;
}

void EarlierFiles::end_run(unsigned index, const Workplace& workplace, ObservedRun& run) {
  for (const auto& source : run.facts.sources) {
    if (source.kind != instrument::SourceKind::kFileInherited) continue;
    // What lies in a fresh copy was copied, from where an earlier run may have written all the same.
    const bool fresh = run.conditions.folder == Conditions::Folder::kFresh;
    const auto writer = writers_.find(fresh ? workplace.shown(source.site) : source.site);
    if (writer == writers_.end()) continue;
    run.earlier_files.push_back({workplace.shown(source.site), writer->second});
  }
  for (const std::string& path : run.outputs.written) writers_[path] = index;
}

std::vector<std::string> describe_earlier_files(const Observation& observation) {
  constexpr size_t kShown = 8;
  std::vector<std::string> lines;
  size_t all = 0;
  for (size_t i = 0; i < observation.runs.size(); ++i) {
    for (const EarlierFile& file : observation.runs[i].earlier_files) {
      if (++all > kShown) continue;
      lines.push_back(fmt::format("run {} opened `{}` as run {} had left it", i + 1, file.path,
                                  file.writer + 1));
    }
  }
  if (all > kShown) {
    lines.push_back(fmt::format("runs opened {} more files that earlier runs had left", all - kShown));
  }
  return lines;
}

}  // namespace detaudit::auditor
