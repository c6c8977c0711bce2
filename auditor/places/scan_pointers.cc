#include "auditor/places/scan_pointers.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <map>
#include <set>

#include "auditor/audit/kernel_name.h"
#include "auditor/places/audited_places.h"
#include "auditor/places/trace_places.h"
#include "auditor/scan/scan.h"
#include "auditor/scan/source_kind.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using reports::ReportFinding;
using reports::ScanFinding;

constexpr uint64_t kMostRead = 4'000'000;  // events of a run: a second

std::vector<ScanFinding> hazards_in(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error) || source_kind(file) == SourceKind::kNone) return {};
  ScanRequest request;
  request.paths = {file.string()};
  try {
    return scan(request).findings;
  } catch (const std::exception&) {
    return {};  // what cannot be scanned points nowhere: an audit is not lost for that
  }
}

bool is_about(const ScanFinding& hazard, const ReportFinding& finding) {
  if (hazard.cause != finding.cause && finding.cause != "unknown") return false;
  const unsigned line = finding.location->line;
  const bool at_line =
      line >= hazard.location->line && line <= std::max(hazard.location->line, hazard.end_line);
  return at_line ||
         (!finding.kernel.empty() && base_name(finding.kernel) == base_name(hazard.kernel));
}

// What scans have found so far, by file.
class Scanned {
 public:
  explicit Scanned(const fs::path& directory) : directory_(directory) {}
  const std::vector<ScanFinding>& in(const std::string& file) {
    static const std::vector<ScanFinding> kNone;
    if (!files_.contains(file)) {
      if (files_.size() == kMostScanned) return kNone;
      files_[file] = hazards_in(directory_ / file);
    }
    return files_[file];
  }

 private:
  const fs::path& directory_;
  std::map<std::string, std::vector<ScanFinding>> files_;
};

// The script that the subject's command line names; empty where it names none.
std::string script_of(const reports::Report& report, const fs::path& directory) {
  for (const std::string& argument : report.subject) {
    const fs::path path = (directory / argument).lexically_normal();
    std::error_code error;
    if (path.extension() == ".py" && fs::is_regular_file(path, error)) return path.string();
  }
  return "";
}

// No record tells where it came about: what a scan finds is told as that, and is no place of it.
void point_into_script(ReportFinding& finding, const std::string& script, Scanned& scanned) {
  if (script.empty() || finding.kind != "output" || finding.cause == "unknown") return;
  for (const ScanFinding& hazard : scanned.in(script)) {
    if (hazard.cause != finding.cause) continue;
    finding.evidence.push_back(
        fmt::format("the scan finds {} at {}:{}, of the same cause: nothing recorded tells whether "
                    "it is this one",
                    hazard.code, script, hazard.location->line));
  }
}

// A hazard that may be what a finding elsewhere came of.
struct Suspect {
  ReportFinding* finding;
  const ScanFinding* hazard;
};

using Pointed = std::set<const ReportFinding*>;

void point_to(ReportFinding& finding, const ScanFinding& hazard, Pointed& pointed) {
  finding.evidence.push_back(fmt::format("the scan finds {} at {}:{}", hazard.code,
                                         finding.location->file, hazard.location->line));
  pointed.insert(&finding);
}

void point_to_sources(const std::vector<Suspect>& suspects, const fs::path& directory,
                      const fs::path& runs, Pointed& pointed) {
  std::vector<Place> places;
  for (const Suspect& suspect : suspects) {
    const auto& at = *suspect.hazard->location;
    std::error_code error;
    places.push_back({fs::canonical(directory / suspect.finding->location->file, error), at.line,
                      std::max(at.line, suspect.hazard->end_line), "", ""});
  }
  TracePlaces traces(places, directory, runs);
  for (const fs::path& run : runs_of(runs)) traces.add(run);
  for (size_t i = 0; i < suspects.size(); ++i) {
    const auto kind = source_of(*suspects[i].finding);
    if (traces.is_only_source(i, *kind)) {
      point_to(*suspects[i].finding, *suspects[i].hazard, pointed);
    }
  }
}

uint64_t most_events(const reports::Report& report) {
  uint64_t most = 0;
  for (const auto& run : report.runs) most = std::max<uint64_t>(most, run.events);
  return most;
}

}  // namespace

void point_to_scan(reports::Report& report, const fs::path& directory, const fs::path& runs) {
  Scanned scanned(directory);
  std::vector<Suspect> suspects;
  Pointed pointed;
  for (ReportFinding& finding : report.findings) {
    if (!finding.location) continue;
    for (const ScanFinding& hazard : scanned.in(finding.location->file)) {
      if (is_about(hazard, finding)) {
        point_to(finding, hazard, pointed);
      } else if (hazard.cause == finding.cause && source_of(finding)) {
        suspects.push_back({&finding, &hazard});
      }
    }
  }
  // Which place read it, is worth no second reading of a trace that is long to read.
  if (!suspects.empty() && most_events(report) <= kMostRead) {
    try {
      point_to_sources(suspects, directory, runs, pointed);
    } catch (const reports::DiagnosticError&) {
      // a trace that cannot be read points nowhere
    }
  }
  const std::string script = script_of(report, directory);
  for (ReportFinding& finding : report.findings) {
    if (!pointed.contains(&finding)) point_into_script(finding, script, scanned);
  }
}

}  // namespace detaudit::auditor
