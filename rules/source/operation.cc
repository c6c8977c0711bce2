#include "rules/source/operation.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "rules/source/names.h"
#include "rules/source/number_type.h"
#include "rules/source/operators.h"

namespace detaudit::rules::source {
namespace {

constexpr std::array<std::string_view, 18> kArithmetic = {
    "fma",       "fmaf",      "__fadd_rn", "__fadd_rz", "__dadd_rn", "__fmaf_rn",
    "__fsub_rn", "__fmul_rn", "__dmul_rn", "__hadd",    "__hadd2",   "__hsub",
    "__hsub2",   "__hmul",    "__hmul2",   "__hfma",    "__hfma2",   "__dsub_rn"};
constexpr std::array<std::string_view, 14> kPicking = {
    "max",     "min",    "fmax",   "fmin", "fmaxf", "fminf",  "maximum",
    "minimum", "__hmax", "__hmin", "Max",  "Min",   "ArgMax", "ArgMin"};

constexpr std::array<std::string_view, 5> kAdding = {"plus", "minus", "multiplies", "divides",
                                                     "Sum"};

bool is_arithmetic_operator(CXBinaryOperatorKind kind) {
  return kind == CXBinaryOperator_Add || kind == CXBinaryOperator_Sub ||
         kind == CXBinaryOperator_Mul || kind == CXBinaryOperator_Div ||
         (kind >= CXBinaryOperator_MulAssign && kind <= CXBinaryOperator_SubAssign &&
          kind != CXBinaryOperator_RemAssign);
}

bool is_arithmetic_call(const Site& site) {
  const Call* call = site.function->call_at(site.node);
  if (call == nullptr) return false;
  if (contains(kArithmetic, call->name)) return true;
  const std::string name = spelling(site.cursor());  // of half and complex numbers
  return name == "operator+" || name == "operator-" || name == "operator*" || name == "operator/" ||
         name == "operator+=" || name == "operator-=" || name == "operator*=";
}

bool is_arithmetic(const Site& site) {
  const bool operation =
      site.kind() == CXCursor_BinaryOperator || site.kind() == CXCursor_CompoundAssignOperator;
  return operation ? is_arithmetic_operator(binary_operator(site.function->node(site.node)))
                   : is_arithmetic_call(site);
}

bool takes_two(const Site& code) {
  const std::vector<uint32_t> parts = code.function->children(code.node);
  return std::count_if(parts.begin(), parts.end(), [&](uint32_t part) {
           return code.function->node(part).kind == CXCursor_ParmDecl;
         }) == 2;
}

// Comparisons, and functions that pick, alone.
bool only_picks(const Site& code) {
  const Function& function = *code.function;
  for (uint32_t i = code.node + 1; i < function.node(code.node).end; ++i) {
    if (is_arithmetic(code.at(i))) return false;
    const Call* call = function.call_at(i);
    if (call == nullptr || call->arguments.size() < 2) continue;
    if (!picks(call->name) && !last_name(call->name).starts_with("operator")) return false;
  }
  return true;
}

std::optional<Site> call_operator(const Unit& unit, CXCursor record) {
  if (is_null(record)) return std::nullopt;
  for (const CXCursor member : children(record)) {
    if (spelling(member) != "operator()") continue;
    if (const Function* code = unit.code_of(member)) return Site{code, 0};
  }
  return std::nullopt;
}

std::string class_of(const Function& function, uint32_t argument) {
  const CXType type = clang_getCanonicalType(
      clang_getNonReferenceType(clang_getCursorType(function.node(argument).cursor)));
  return qualified_name(clang_getTypeDeclaration(type));
}

}  // namespace

bool picks(std::string_view function) { return contains(kPicking, last_name(function)); }

std::string arithmetic_type(const Site& site) {
  return is_arithmetic(site) ? float_type(clang_getCursorType(site.cursor())) : "";
}

std::optional<Site> handed_code(const Unit& unit, const Function& function, uint32_t argument) {
  const auto lambda = origin_of(unit.definitions(), {&function, argument}, [](const Site& site) {
    return site.kind() == CXCursor_LambdaExpr;
  });
  if (lambda) return lambda;
  uint32_t index = function.stripped(argument);
  if (function.node(index).kind == CXCursor_UnaryOperator) {  // &compare
    index = function.stripped(function.children(index).at(0));
  }
  const CXCursor used = clang_getCursorReferenced(function.node(index).cursor);
  if (!is_null(used) && clang_getCursorKind(used) == CXCursor_FunctionDecl) {
    if (const Function* code = unit.code_of(used)) return Site{code, 0};
  }
  const CXCursor record = clang_getTypeDeclaration(
      clang_getCanonicalType(clang_getCursorType(function.node(index).cursor)));
  const auto code = call_operator(unit, record);
  return code ? code : call_operator(unit, clang_getSpecializedCursorTemplate(record));
}

bool selects(const Unit& unit, const Function& function, const Call& algorithm) {
  bool any = false;
  for (const uint32_t argument : algorithm.arguments) {
    if (argument == kNoNode) continue;
    const std::string record = class_of(function, argument);
    const bool library = record.starts_with("thrust::") || record.starts_with("cub::") ||
                         record.starts_with("cuda::") || record.starts_with("std::");
    if (library && contains(kAdding, last_name(record))) return false;
    if (library && picks(record)) {
      any = true;
      continue;
    }
    const auto code = handed_code(unit, function, argument);
    if (!code || !takes_two(*code)) continue;
    if (!only_picks(*code)) return false;
    any = true;
  }
  return any;
}

}  // namespace detaudit::rules::source
