#include "rules/source/iteration.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "rules/source/containers.h"
#include "rules/source/names.h"
#include "rules/source/operators.h"

namespace detaudit::rules::source {
namespace {

constexpr std::array<std::string_view, 12> kWalking = {
    "std::accumulate", "std::for_each", "std::copy",   "std::transform", "std::reduce",
    "std::inner_product", "std::partial_sum", "std::copy_if", "std::transform_reduce",
    "std::move", "std::for_each_n", "std::inclusive_scan"};
constexpr std::array<std::string_view, 10> kSorts = {
    "std::sort",         "std::stable_sort", "std::ranges::sort", "std::ranges::stable_sort",
    "qsort",             "qsort_r",          "std::partial_sort", "boost::sort",
    "std::ranges::__sort_fn::operator()", "std::ranges::__stable_sort_fn::operator()"};

// The container of `c.begin()` or `std::begin(c)`.
uint32_t begun(const Function& function, uint32_t expression) {
  const uint32_t index = function.stripped(expression);
  const Call* call = function.call_at(index);
  if (call == nullptr) return kNoNode;
  const std::string_view name = last_name(call->name);
  if (name != "begin" && name != "cbegin") return kNoNode;
  const std::vector<uint32_t> parts = function.children(index);
  if (parts.empty()) return kNoNode;
  const uint32_t callee = function.stripped(parts[0]);
  if (function.node(callee).kind == CXCursor_MemberRefExpr) {
    const std::vector<uint32_t> object = function.children(callee);
    return object.empty() ? kNoNode : object[0];
  }
  return call->arguments.empty() ? kNoNode : call->arguments[0];
}

void add_range_for(const Function& function, uint32_t index, std::vector<Iteration>& all) {
  Iteration loop;
  loop.function = &function;
  loop.node = index;
  for (const uint32_t child : function.children(index)) {
    const Node& node = function.node(child);
    const bool variable = node.kind == CXCursor_VarDecl || node.kind == CXCursor_UnexposedDecl;
    if (variable && is_null(loop.element)) {
      loop.element = node.cursor;
    } else if (clang_isExpression(node.kind) != 0 && loop.range == kNoNode &&
               !is_null(loop.element)) {
      loop.range = child;
    } else if (loop.range != kNoNode) {
      loop.body = child;
    }
  }
  if (loop.range != kNoNode && loop.body != kNoNode) all.push_back(loop);
}

// for (auto it = c.begin(); ...), for (directory_iterator it(folder); ...)
void add_for(const Function& function, uint32_t index, std::vector<Iteration>& all) {
  const std::vector<uint32_t> parts = function.children(index);
  if (parts.size() < 2) return;
  for (uint32_t i = parts[0]; i < function.node(parts[0]).end; ++i) {
    if (function.node(i).kind != CXCursor_VarDecl) continue;
    const bool entries = is_directory_iterator(clang_getCursorType(function.node(i).cursor));
    for (const uint32_t child : function.children(i)) {
      const bool value = clang_isExpression(function.node(child).kind) != 0;
      const uint32_t container = entries && value ? child : begun(function, child);
      if (container == kNoNode) continue;
      all.push_back({&function, index, container, parts.back(), function.node(i).cursor});
      return;
    }
  }
}

// What an algorithm calls for each element, where it is written in place.
uint32_t lambda_argument(const Function& function, const Call& call) {
  for (const uint32_t argument : call.arguments) {
    if (argument == kNoNode) continue;
    const uint32_t index = function.stripped(argument);
    if (function.node(index).kind == CXCursor_LambdaExpr) return index;
  }
  return kNoNode;
}

void add_algorithm(const Function& function, const Call& call, std::vector<Iteration>& all) {
  if (!call.in_system) return;
  const bool constructor =
      !is_null(call.callee) && clang_getCursorKind(call.callee) == CXCursor_Constructor;
  const std::string_view name = last_name(call.name);
  const bool taking = constructor || name == "assign" || name == "insert";
  if (!taking && !contains(kWalking, call.name)) return;
  for (const uint32_t argument : call.arguments) {
    if (argument == kNoNode) continue;
    const uint32_t container = begun(function, argument);
    if (container == kNoNode) continue;
    const uint32_t body = lambda_argument(function, call);
    all.push_back({&function, call.node, container, body, none()});
    return;
  }
}

bool sorts(const Function& function, const Call& call, CXCursor variable) {
  if (!is_sort(call)) return false;
  return std::any_of(call.arguments.begin(), call.arguments.end(), [&](uint32_t argument) {
    return argument != kNoNode && clang_equalCursors(base_variable(function, argument), variable);
  });
}

bool sorted_in(const Unit& unit, const Function& function, CXCursor variable, int depth);

// Handed to a function that sorts it.
bool sorted_by_callee(const Unit& unit, const Function& function, const Call& call,
                      CXCursor variable, int depth) {
  if (is_null(call.callee) || depth == 0) return false;
  const Function* code = unit.code_of(call.callee);
  if (code == nullptr) return false;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    if (call.arguments[i] == kNoNode) continue;
    if (!clang_equalCursors(base_variable(function, call.arguments[i]), variable)) continue;
    const CXCursor parameter = clang_Cursor_getArgument(call.callee, static_cast<unsigned>(i));
    if (!is_null(parameter) && sorted_in(unit, *code, declaration(parameter), depth - 1))
      return true;
  }
  return false;
}

bool returns(const Unit& unit, const Function& function, CXCursor variable) {
  for (const Site& site : unit.definitions().returns_of(function.cursor())) {
    for (const uint32_t value : function.children(site.node)) {
      for (uint32_t i = value; i < function.node(value).end; ++i) {
        if (clang_equalCursors(base_variable(function, i), variable)) return true;
      }
    }
  }
  return false;
}

// The variable that a call's result goes into.
CXCursor receiver(const Site& use) {
  const Function& function = *use.function;
  for (uint32_t above = function.parent_of(use.node); above != kNoNode;
       above = function.parent_of(above)) {
    const Node& node = function.node(above);
    if (node.kind == CXCursor_VarDecl) return declaration(node.cursor);
    const Assignment assignment = assignment_at(function, above);
    if (assignment.node != kNoNode) return base_variable(function, assignment.target);
    if (node.kind != CXCursor_CallExpr) return none();  // constructors of what it is moved into
  }
  return none();
}

bool sorted_by_callers(const Unit& unit, const Function& function, int depth) {
  const std::vector<Site>& uses = unit.uses(function.cursor());
  return !uses.empty() && std::all_of(uses.begin(), uses.end(), [&](const Site& use) {
    const CXCursor variable = receiver(use);
    return !is_null(variable) && sorted_in(unit, *use.function, variable, depth - 1);
  });
}

bool sorted_in(const Unit& unit, const Function& function, CXCursor variable, int depth) {
  if (depth < 0) return false;
  for (const Call& call : function.calls()) {
    if (sorts(function, call, variable)) return true;
    if (sorted_by_callee(unit, function, call, variable, depth)) return true;
  }
  return returns(unit, function, variable) && sorted_by_callers(unit, function, depth);
}

}  // namespace

std::vector<Iteration> iterations(const Function& function) {
  std::vector<Iteration> all;
  for (uint32_t i = 1; i < function.nodes().size(); ++i) {
    if (function.node(i).kind == CXCursor_CXXForRangeStmt) add_range_for(function, i, all);
    if (function.node(i).kind == CXCursor_ForStmt) add_for(function, i, all);
  }
  for (const Call& call : function.calls()) add_algorithm(function, call, all);
  return all;
}

bool is_sort(const Call& call) {
  return contains(kSorts, call.name) ||
         (call.in_system && call.name.find("sort") != std::string::npos &&
          (call.name.starts_with("thrust::") || call.name.starts_with("boost::") ||
           call.name.starts_with("std::ranges::") || call.name.starts_with("tbb::")));
}

bool is_sorted_later(const Unit& unit, const Function& function, CXCursor variable) {
  constexpr int kDepth = 2;
  if (clang_getCursorKind(variable) != CXCursor_FieldDecl) {
    return sorted_in(unit, function, variable, kDepth);
  }
  return std::any_of(unit.functions().begin(), unit.functions().end(), [&](const Function& each) {
    return sorted_in(unit, each, variable, 0);
  });
}

}  // namespace detaudit::rules::source
