#pragma once

#include <ctime>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "auditor/places/trace_places.h"
#include "auditor/store/store.h"
#include "reports/report.h"

namespace detaudit::auditor {

// What an audit knows of one place.
struct PlaceSeen {
  bool ran = false;
  uint64_t agreed = 0, untested = 0, unpaired = 0;  // events there, of those that were compared
  bool all_compared = true;          // false: there are more events than were compared
  std::set<std::string> parted;      // ops whose events parted there on equal inputs
  std::set<std::string> located;     // ids of the audit's findings that are there
  std::set<std::string> came_of_it;  // of those elsewhere that an experiment proves to come of what
                                     // is read there, and nowhere else
};

struct AuditedPlaces {
  reports::Report report;
  std::string directory;                  // where it ran
  bool traced = false;                    // its traces are still there
  std::vector<PlaceSeen> seen;            // as asked for
  std::set<std::filesystem::path> known;  // files with anything recorded in them
  std::map<std::filesystem::path, std::time_t>
      built;  // sources, by the module that their lines are in
  std::map<std::filesystem::path, std::set<std::string>> modules;  // likewise: their files
  std::set<instrument::SourceKind> read;  // what kinds of sources any run read, wherever
  bool saw_python = false;
  std::set<std::string> gaps, gpu_gaps;  // why what has no record may have run all the same
};

// The kind of source that an experiment proves to be a finding's cause by what it does to all of
// that kind; nothing of others.
std::optional<instrument::SourceKind> source_of(const reports::ReportFinding& finding);

// The folders with the traces of an audit's runs, in order.
std::vector<std::filesystem::path> runs_of(const std::filesystem::path& audit);

// Looks for places in a stored audit: in its findings and in the traces of its runs, which are
// compared again at these places. Throws exit 2 for an audit without a report, and traces that
// cannot be read.
AuditedPlaces audited_places(const Store& store, const std::string& id,
                             const std::vector<Place>& places);

}  // namespace detaudit::auditor
