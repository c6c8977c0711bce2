#pragma once

#include <span>

#include "rules/source/finding.h"

namespace detaudit::rules::source {

// One family of hazards: what it finds in a translation unit.
using Rule = void (*)(const Unit&, Findings&);

void float_atomics(const Unit&, Findings&);

std::span<const Rule> all_rules();

}  // namespace detaudit::rules::source
