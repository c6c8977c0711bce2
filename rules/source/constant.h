#pragma once

#include <optional>

#include "rules/source/function.h"

namespace detaudit::rules::source {

// The value of an integer constant expression.
std::optional<long long> integer_constant(CXCursor expression);
// The same of a number with a point: `1.0`.
std::optional<double> float_constant(CXCursor expression);

}  // namespace detaudit::rules::source
