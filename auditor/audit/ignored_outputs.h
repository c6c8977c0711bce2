#pragma once

#include <string>
#include <vector>

#include "auditor/audit/observation.h"
#include "auditor/plan/plan.h"

namespace detaudit::auditor {

// Globs of --ignore-output that no output of any run had, a line each: most likely misspelt, and
// what they were meant for is judged.
std::vector<std::string> ignored_in_vain(const Plan& plan, const Observation& observation);

}  // namespace detaudit::auditor
