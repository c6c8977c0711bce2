#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auditor/audit/observation.h"
#include "auditor/experiments/arms.h"

namespace detaudit::auditor {

// Events of the GPU probe; and of those the sweeps, with the launches since the sweep before.
bool on_gpu(const OriginGroup& group);
std::optional<LaunchWindow> swept_window(const OriginGroup& group);

// A sweep of one run alone, because threads gave work in another order there, or others did: the
// comparison has sweeps of one run alone that say so, or that no one thread can have led to.
bool swept_in_other_order(const OriginGroup& group, const Comparison& comparison);
bool any_swept_in_other_order(const Observation& observation);

// Where the first thing on the GPU that parted is a sweep: the search for the launch behind it, in
// new runs. Nothing otherwise. Throws Interrupted on Ctrl-C.
std::optional<GpuSearch> search_gpu(const Plan& plan, const Observation& observation,
                                    const ArmOutlet& outlet);

// What a pair of runs under this sight shows; `comparison` is theirs.
PairOutcome outcome_of(const Comparison& comparison, const GpuSight& sight);

// Evidence of a finding on the GPU: the search that led to it, or why there was none.
std::vector<std::string> how_found(const OriginGroup& group, const Observation& observation);

// For the coverage: what the search saw; empty when there was none.
std::string describe_search(const Observation& observation);

}  // namespace detaudit::auditor
