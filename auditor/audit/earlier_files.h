#pragma once

#include <map>
#include <string>
#include <vector>

#include "auditor/audit/observation.h"

namespace detaudit::auditor {

// What the runs of an audit left each other: which run made or changed a file last, and which of
// them a later run opened before it changed them itself. Such a run did not start where the first
// one did.
class EarlierFiles {
 public:
  EarlierFiles();

  // The window of file times that is an earlier run's, for the probe of the run that comes now.
  void begin_run(Conditions& conditions) const;
  // After a run: fills its earlier_files.
  void end_run(unsigned index, const Workplace& workplace, ObservedRun& run);

 private:
  int64_t started_ns_;                       // the audit
  std::map<std::string, unsigned> writers_;  // where the path lies -> index of the run
};

// One line a file, for reports: "run 2 opened `count` as run 1 had left it".
std::vector<std::string> describe_earlier_files(const Observation& observation);

}  // namespace detaudit::auditor
