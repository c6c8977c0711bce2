#pragma once

#include <vector>

#include "rules/source/iteration.h"
#include "rules/source/operators.h"

namespace detaudit::rules::source {

// Something that keeps the order in which elements come.
struct OrderEffect {
  uint32_t node;
  enum class Kind { kFloatSum, kAppend, kNumber, kOutput, kHandedOn } kind;
  CXCursor target;  // what is added or appended to; null for output
};
const char* effect_name(OrderEffect::Kind kind);  // "adds floating-point numbers"

// What an iteration's body does that shows the order of elements; `handed_on`: whether a call of a
// function of the project's own counts, which may do anything.
enum class HandedOn { kCounts, kDoesNotCount };
std::vector<OrderEffect> order_effects(const Unit& unit, const Iteration& iteration,
                                       HandedOn handed_on);

// The parts of it, of single places.
// `a += x`, and `a = a + x`.
bool accumulates(const Function& function, const Assignment& assignment, CXCursor target);
// To a stream, a file, or what stands for one.
bool prints(const Function& function, const Call& call);
bool appends(const Function& function, const Call& call);  // `push_back` and its like
bool is_member(const Function& function, const Call& call);
bool is_text(CXType type);

}  // namespace detaudit::rules::source
