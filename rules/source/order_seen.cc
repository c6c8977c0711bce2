#include "rules/source/order_seen.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "rules/source/iteration.h"
#include "rules/source/names.h"
#include "rules/source/number_type.h"
#include "rules/source/order_effects.h"

namespace detaudit::rules::source {
namespace {

constexpr std::array<std::string_view, 8> kBlind = {
    "size", "empty", "clear", "reserve", "capacity", "resize", "shrink_to_fit", "swap"};
constexpr std::array<std::string_view, 8> kAppending = {
    "push_back", "emplace_back", "push_front", "emplace_front",
    "append",    "insert",       "operator=",  "operator+="};
// Who takes from one end makes it a queue of work.
constexpr std::array<std::string_view, 3> kTaking = {"pop_front", "pop_back", "pop"};
constexpr std::array<std::string_view, 12> kSameInAnyOrder = {
    "std::max_element", "std::min_element",    "std::count",
    "std::count_if",    "std::any_of",         "std::all_of",
    "std::none_of",     "std::minmax_element", "std::unordered_set::unordered_set",
    "std::set::set",    "std::accumulate",     "std::reduce"};

CXCursor named(const Function& function, uint32_t node) {
  const CXCursorKind kind = function.node(node).kind;
  if (kind == CXCursor_DeclRefExpr) return base_variable(function, node);
  if (kind != CXCursor_MemberRefExpr) return none();
  const CXCursor member = clang_getCursorReferenced(function.node(node).cursor);
  const bool field = !is_null(member) && clang_getCursorKind(member) == CXCursor_FieldDecl;
  return field ? declaration(member) : none();
}

// Threads, what they promise, and what they failed with.
bool holds_no_data(CXCursor sequence) {
  const std::string type = type_name(clang_getNonReferenceType(clang_getCursorType(sequence)));
  return type.find("thread") != type.npos || type.find("future") != type.npos ||
         type.find("exception_ptr") != type.npos;
}

bool is_blind_algorithm(const Function& function, const Call& call) {
  if (!contains(kSameInAnyOrder, call.name)) return false;
  return float_type(clang_getCursorType(function.node(call.node).cursor)).empty();
}

// The call of a member, as `begin` of `list.begin()`, that a name is the object of.
const Call* member_call(const Function& function, uint32_t name) {
  const uint32_t member = function.parent_of(name);
  if (member == kNoNode || function.node(member).kind != CXCursor_MemberRefExpr) return nullptr;
  const uint32_t above = function.parent_of(member);
  return above == kNoNode ? nullptr : function.call_at(above);
}

bool sees(const Unit& unit, const Function& function, uint32_t name) {
  const uint32_t above = function.parent_of(name);
  if (above == kNoNode) return false;
  if (function.node(above).kind == CXCursor_CXXForRangeStmt) {
    for (const Iteration& each : iterations(function)) {
      if (each.node == above) {
        return !order_effects(unit, each, HandedOn::kCounts).empty();
      }
    }
  }
  const Call* call = member_call(function, name);
  if (call != nullptr) {
    const std::string_view member = last_name(call->name);
    if (contains(kBlind, member) || contains(kAppending, member)) return false;
    if (member == "begin" || member == "end" || member == "cbegin" || member == "cend") {
      const uint32_t user = function.parent_of(call->node);
      const Call* algorithm = user == kNoNode ? nullptr : function.call_at(user);
      return algorithm == nullptr || !is_blind_algorithm(function, *algorithm);
    }
  }
  return true;
}

}  // namespace

bool is_order_seen(const Unit& unit, Site append, const Launch& launch, CXCursor sequence) {
  if (is_null(sequence) || holds_no_data(sequence)) return false;
  if (is_sorted_later(unit, *append.function, sequence)) return false;
  if (is_sorted_later(unit, *launch.at.function, sequence)) return false;
  bool used = false, seen = false;
  for (const Function& function : unit.functions()) {
    for (uint32_t i = 1; i < function.nodes().size(); ++i) {
      if (is_null(named(function, i)) || !clang_equalCursors(named(function, i), sequence))
        continue;
      const Call* call = member_call(function, i);
      if (call != nullptr && contains(kTaking, last_name(call->name))) return false;
      if (call == nullptr || !contains(kAppending, last_name(call->name))) used = true;
      seen |= sees(unit, function, i);
    }
  }
  // A variable of the function is seen there or nowhere, others elsewhere too.
  const bool local = clang_getCursorKind(sequence) == CXCursor_VarDecl &&
                     clang_Cursor_getStorageClass(sequence) == CX_SC_None &&
                     is_function(clang_getCursorKind(clang_getCursorSemanticParent(sequence)));
  return seen || (!local && !used);
}

}  // namespace detaudit::rules::source
