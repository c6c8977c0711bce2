#pragma once

#include <string>

#include "rules/source/unit.h"

namespace detaudit::rules::source {

// What of the catalogue of kernels makes float additions in a fixed order, where the code is plain
// about what it adds: of `float` alone, which is what those kernels take; else empty.

// All are added to one number: "sum/deterministic".
std::string sum_replacement(const std::string& type);

// By where they are added to, an expression of a number or of its address: one variable for all
// threads, or the element of an array that the numbers in another array tell:
// "scatter_add/deterministic".
std::string addition_replacement(const Unit& unit, Site target, const std::string& type);

}  // namespace detaudit::rules::source
