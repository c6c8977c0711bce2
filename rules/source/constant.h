#pragma once

#include <optional>

#include "rules/source/function.h"

namespace detaudit::rules::source {

// The value of an integer constant expression.
std::optional<long long> integer_constant(CXCursor expression);

}  // namespace detaudit::rules::source
