#pragma once

#include <functional>
#include <string>
#include <vector>

#include "auditor/plan/gpu_sight.h"

namespace detaudit::auditor {

// What a new pair of runs showed under one sight.
struct PairOutcome {
  enum class Kind {
    kAgreed,  // nowhere on the GPU did it part
    kParted,  // first between two sweeps
    kNamed,   // first at a launch or copy that is known by name
    kSpent,   // there was no pair: a run failed, or the budget is spent
  };
  Kind kind = Kind::kAgreed;
  LaunchWindow window;  // kParted
  std::string what;     // kNamed: "`scatter_add`"; kSpent: why
};

// What became of a search.
struct Bisection {
  enum class End {
    kNamed,
    kAgreed,    // no pair parted any more
    kWandered,  // pairs part in ever other windows
    kSpent,
  };
  End end = End::kSpent;
  GpuSight sight;                     // of the last round
  std::vector<LaunchWindow> windows;  // where pairs parted, in order, the first included
  std::vector<std::string> rounds;    // one line each, for the report
  unsigned pairs = 0;
};

inline constexpr unsigned kNarrowings = 16;  // sweeps within a window that is still wide
inline constexpr uint64_t kFineWindow = 32;  // launches at most that are digested one by one
inline constexpr unsigned kTries = 4;        // pairs that agree before a search gives up
inline constexpr unsigned kMostHops = 4;     // changes to another window
inline constexpr unsigned kMostPairs = 24;

// Looks closer and closer at the launches between two sweeps that parted, each time with new runs.
// These may part elsewhere, and then the search goes on there. `look` runs and compares one pair.
Bisection bisect(const GpuSight& coarse, const LaunchWindow& first,
                 const std::function<PairOutcome(const GpuSight&)>& look);

// "launches 65 to 128", as people count: from 1.
std::string window_name(const LaunchWindow& window);
// "launches 65 to 128, 1 to 64"
std::string windows_name(const std::vector<LaunchWindow>& windows);

}  // namespace detaudit::auditor
