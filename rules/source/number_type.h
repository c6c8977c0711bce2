#pragma once

#include <string>

#include "rules/source/cursor.h"

namespace detaudit::rules::source {

// The type's name where its values are floating-point numbers or small vectors of them ("float",
// "__half2", "float4", "std::complex<float>"), or else empty. References and typedefs are looked
// through.
std::string float_type(CXType type);

// The same of what a pointer or array points to.
std::string pointed_float_type(CXType type);

// The same of what an iterator walks over: a pointer, or a class with one, or with a value's type,
// among its template's arguments.
std::string iterated_float_type(CXType type);

}  // namespace detaudit::rules::source
