#pragma once

#include "rules/source/function.h"

namespace detaudit::rules::source {

// `=` and its like (`+=`), of built-in types and by overloaded operators.
struct Assignment {
  uint32_t node = kNoNode;
  uint32_t target = kNoNode, value = kNoNode;
  bool compound = false;  // the old value counts too
  bool additive = false;  // `+=`, `-=`
};
// Its node is kNoNode where there is none.
Assignment assignment_at(const Function& function, uint32_t node);

CXBinaryOperatorKind binary_operator(const Node& node);
CXUnaryOperatorKind unary_operator(const Node& node);
bool is_increment(const Node& node);  // `++` and `--` of built-in types

}  // namespace detaudit::rules::source
