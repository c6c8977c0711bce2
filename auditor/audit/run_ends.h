#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auditor/audit/observation.h"
#include "reports/diagnostic.h"

namespace detaudit::auditor {

// Runs of one subject ended differently of their own accord. A run that timed out may have been
// slow, not different.
bool ends_differ(const Observation& observation);

// That as an origin, which control arms are then run for: how a program ends is an output of it.
OriginGroup end_group(const Observation& observation);
// "run 1: exit code 0", once for each end, with the first run that had it.
std::vector<std::string> describe_ends(const Observation& observation);

// One diagnostic for all runs that failed: the first of them, and how many there are.
std::optional<reports::Diagnostic> failure_of(const Observation& observation);

}  // namespace detaudit::auditor
