#pragma once

#include <set>
#include <string>
#include <vector>

#include "auditor/audit/observation.h"
#include "auditor/audit/watched_folders.h"
#include "auditor/experiments/arms.h"

namespace detaudit::auditor {

// Control arms of a clock trial. All pinned ones equal and all free ones different from them, were
// the clock to decide nothing, is 1 in 18564 = C(18, 6) (Fisher's exact test), whatever the rate at
// which something else shows; one that shows in every second run stays hidden in 1 of 2048.
inline constexpr unsigned kPinnedArms = 12;
inline constexpr unsigned kFreeArms = 6;

// Which of the outputs that parted carry the clock and nothing else that varies: the subject read a
// clock in every run, they differ when it goes on, and agree whenever it is pinned, all else let
// vary as in the audit. Ends as soon as none is left; none is when an arm fails.
std::set<std::string> outputs_by_clock_alone(const Plan& plan,
                                             const std::vector<OriginGroup>& origins,
                                             const Observation& observation,
                                             WatchedFolders& folders, const ArmOutlet& outlet);

// What is said of such an output.
rules::Conclusion by_clock_alone();

// A reading of the realtime clock: the one that can be shifted and pinned.
bool is_realtime(const instrument::SourceRecord& source);

}  // namespace detaudit::auditor
