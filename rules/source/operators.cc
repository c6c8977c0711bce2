#include "rules/source/operators.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace detaudit::rules::source {
namespace {

constexpr std::array<std::string_view, 11> kAssignments = {
    "operator=",  "operator+=", "operator-=", "operator*=",  "operator/=", "operator%=",
    "operator&=", "operator|=", "operator^=", "operator<<=", "operator>>="};

Assignment by_builtin(const Function& function, uint32_t index, CXBinaryOperatorKind kind) {
  const std::vector<uint32_t> sides = function.children(index);
  if (sides.size() != 2) return {};
  return {index, sides[0], sides[1], kind != CXBinaryOperator_Assign,
          kind == CXBinaryOperator_AddAssign || kind == CXBinaryOperator_SubAssign};
}

Assignment by_call(const Function& function, uint32_t index) {
  const std::string name = spelling(function.node(index).cursor);
  if (std::find(kAssignments.begin(), kAssignments.end(), name) == kAssignments.end()) return {};
  const std::vector<uint32_t> parts = function.children(index);  // target, operator, value
  if (parts.size() != 3) return {};
  return {index, parts[0], parts[2], name != "operator=",
          name == "operator+=" || name == "operator-="};
}

}  // namespace

CXBinaryOperatorKind binary_operator(const Node& node) {
  return clang_getCursorBinaryOperatorKind(node.cursor);
}

CXUnaryOperatorKind unary_operator(const Node& node) {
  return clang_getCursorUnaryOperatorKind(node.cursor);
}

bool is_increment(const Node& node) {
  if (node.kind != CXCursor_UnaryOperator) return false;
  switch (unary_operator(node)) {
    case CXUnaryOperator_PostInc:
    case CXUnaryOperator_PostDec:
    case CXUnaryOperator_PreInc:
    case CXUnaryOperator_PreDec:
      return true;
    default:
      return false;
  }
}

Assignment assignment_at(const Function& function, uint32_t index) {
  const Node& node = function.node(index);
  if (node.kind == CXCursor_CallExpr) return by_call(function, index);
  if (node.kind == CXCursor_CompoundAssignOperator) {
    return by_builtin(function, index, binary_operator(node));
  }
  const bool plain = node.kind == CXCursor_BinaryOperator &&
                     binary_operator(node) == CXBinaryOperator_Assign;
  return plain ? by_builtin(function, index, CXBinaryOperator_Assign) : Assignment{};
}

}  // namespace detaudit::rules::source
