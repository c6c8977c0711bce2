#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/source/unit.h"

namespace detaudit::rules::source {

// The type of floating-point arithmetic at a node, or empty.
std::string arithmetic_type(const Site& site);

// A function, or a function object's class, that gives one of two values, by its name: `std::max`.
bool picks(std::string_view function);

// The code of what is handed to an algorithm: a lambda here, or a function or call operator of this
// unit.
std::optional<Site> handed_code(const Unit& unit, const Function& function, uint32_t argument);

// An algorithm's operation that picks one of two values, as a maximum does: no order of it rounds
// otherwise.
bool selects(const Unit& unit, const Function& function, const Call& algorithm);

}  // namespace detaudit::rules::source
