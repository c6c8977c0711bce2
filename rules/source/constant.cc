#include "rules/source/constant.h"

#include <memory>

namespace detaudit::rules::source {

namespace {

using Value = std::unique_ptr<void, decltype(&clang_EvalResult_dispose)>;
Value evaluated(CXCursor expression) {
  return {clang_Cursor_Evaluate(expression), &clang_EvalResult_dispose};
}

}  // namespace

std::optional<long long> integer_constant(CXCursor expression) {
  const Value value = evaluated(expression);
  if (!value || clang_EvalResult_getKind(value.get()) != CXEval_Int) return std::nullopt;
  return clang_EvalResult_getAsLongLong(value.get());
}

std::optional<double> float_constant(CXCursor expression) {
  const Value value = evaluated(expression);
  if (!value || clang_EvalResult_getKind(value.get()) != CXEval_Float) return std::nullopt;
  return clang_EvalResult_getAsDouble(value.get());
}

}  // namespace detaudit::rules::source
