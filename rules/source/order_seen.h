#pragma once

#include "rules/source/threads.h"

namespace detaudit::rules::source {

// Whether the order of a sequence's elements, which threads put there, shows in anything: unless it
// is sorted, only counted, only asked for its largest, or put where the elements themselves say.
bool is_order_seen(const Unit& unit, Site append, const Launch& launch, CXCursor sequence);

}  // namespace detaudit::rules::source
