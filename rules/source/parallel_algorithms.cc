// Parallel algorithms of the standard library and of oneTBB that add floats.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "rules/source/number_type.h"
#include "rules/source/operation.h"
#include "rules/source/operators.h"
#include "rules/source/replacement.h"
#include "rules/source/rules.h"
#include "rules/source/threads.h"

namespace detaudit::rules::source {
namespace {

constexpr std::array<std::string_view, 6> kScans = {
    "std::inclusive_scan",           "std::exclusive_scan",  "std::transform_inclusive_scan",
    "std::transform_exclusive_scan", "std::partial_sum",     "std::adjacent_difference"};

CXVisitorResult find_float(CXCursor field, CXClientData type) {
  auto& found = *static_cast<std::string*>(type);
  if (found.empty()) found = float_type(clang_getCursorType(field));
  return CXVisit_Continue;
}

bool is_declared_in(const Site& code, CXCursor variable) {
  const Function& function = *code.function;
  for (uint32_t i = code.node; i < function.node(code.node).end; ++i) {
    const CXCursorKind kind = function.node(i).kind;
    const bool declares = kind == CXCursor_VarDecl || kind == CXCursor_ParmDecl;
    if (declares && clang_equalCursors(declaration(function.node(i).cursor), variable) != 0) {
      return true;
    }
  }
  return false;
}

// Of oneTBB's two forms: the value that is returned, or the body's own members.
std::string reduced_type(const Function& function, const Call& call) {
  const std::string returned = float_type(clang_getCursorType(function.node(call.node).cursor));
  if (!returned.empty() || call.arguments.size() < 2 || call.arguments[1] == kNoNode)
    return returned;
  std::string member;
  clang_Type_visitFields(clang_getCanonicalType(clang_getNonReferenceType(clang_getCursorType(
                             function.node(call.arguments[1]).cursor))),
                         find_float, &member);
  return member;
}

std::string type_of_sum(const Function& function, const Call& call) {
  // A library's templates have bodies, wherever its headers are.
  const bool own = is_null(call.callee) ||
                   clang_Location_isFromMainFile(clang_getCursorLocation(call.callee)) != 0;
  if (own) return "";
  if (call.name == "tbb::parallel_reduce" || call.name == "oneapi::tbb::parallel_reduce" ||
      call.name == "tbb::detail::d1::parallel_reduce" ||
      call.name == "tbb::detail::d2::parallel_reduce" || call.name == "tbb::parallel_scan" ||
      call.name == "tbb::detail::d1::parallel_scan") {
    return reduced_type(function, call);
  }
  if (!runs_in_parallel(function, call)) return "";
  if (call.name == "std::reduce" || call.name == "std::transform_reduce") {
    return float_type(clang_getCursorType(function.node(call.node).cursor));
  }
  if (std::find(kScans.begin(), kScans.end(), call.name) == kScans.end()) return "";
  for (size_t i = 1; i < call.arguments.size(); ++i) {
    if (call.arguments[i] == kNoNode) continue;
    const std::string type =
        iterated_float_type(clang_getCursorType(function.node(call.arguments[i]).cursor));
    if (!type.empty()) return type;
  }
  return "";
}

// What the code that is called for each element adds to a variable that they have in common, under
// whatever lock: its type, or empty.
std::string shared_sum(const Unit& unit, const Function& function, const Call& call) {
  const bool each = call.name == "std::for_each" || call.name == "std::for_each_n";
  if (!each || !runs_in_parallel(function, call)) return "";
  for (const uint32_t argument : call.arguments) {
    const auto code = argument == kNoNode ? std::nullopt : handed_code(unit, function, argument);
    if (!code) continue;
    const Function& body = *code->function;
    for (uint32_t i = code->node; i < body.node(code->node).end; ++i) {
      const Assignment sum = assignment_at(body, i);
      if (sum.node == kNoNode || !sum.additive) continue;
      const CXCursorKind target = body.node(body.stripped(sum.target)).kind;
      const bool element = target != CXCursor_DeclRefExpr && target != CXCursor_MemberRefExpr;
      const CXCursor variable = root_variable(body, sum.target);
      if (element || is_null(variable) || is_declared_in(*code, variable)) continue;
      const std::string type = float_type(clang_getCursorType(body.node(sum.target).cursor));
      if (!type.empty()) return type;
    }
  }
  return "";
}

}  // namespace

void parallel_algorithms(const Unit& unit, Findings& findings) {
  for (const Function& function : unit.functions()) {
    for (const Call& call : function.calls()) {
      std::string type = type_of_sum(function, call);
      if (type.empty()) type = shared_sum(unit, function, call);
      if (type.empty() || selects(unit, function, call)) continue;
      Finding& finding = findings.add("DET231", Cause::kThreadScheduling, {&function, call.node});
      finding.message =
          fmt::format("`{}` adds `{}` numbers in an order of its own", call.name, type);
      finding.label = "threads and their schedule divide the range";
      finding.fix =
          "`tbb::parallel_deterministic_reduce` with a fixed grain, or fixed blocks folded in "
          "index order";
      if (call.name == "std::reduce") finding.replacement = sum_replacement(type);
    }
  }
}

}  // namespace detaudit::rules::source
