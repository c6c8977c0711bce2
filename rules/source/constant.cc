#include "rules/source/constant.h"

#include <memory>

namespace detaudit::rules::source {

std::optional<long long> integer_constant(CXCursor expression) {
  const std::unique_ptr<void, decltype(&clang_EvalResult_dispose)> value(
      clang_Cursor_Evaluate(expression), &clang_EvalResult_dispose);
  if (!value || clang_EvalResult_getKind(value.get()) != CXEval_Int) return std::nullopt;
  return clang_EvalResult_getAsLongLong(value.get());
}

}  // namespace detaudit::rules::source
