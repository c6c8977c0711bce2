#include "rules/source/replacement.h"

#include "rules/source/definitions.h"

namespace detaudit::rules::source {
namespace {

constexpr const char* kSum = "sum/deterministic";
constexpr const char* kScatterAdd = "scatter_add/deterministic";

// `&x[i]`, `*p`: what is written there but for that.
uint32_t object_of(const Function& function, uint32_t expression) {
  uint32_t at = function.stripped(expression);
  while (function.node(at).kind == CXCursor_UnaryOperator) {
    at = function.stripped(function.children(at).at(0));
  }
  return at;
}

// A pointer or reference that is made once leads where that does: `int* bits = (int*)&out[i]`.
Site led_to(const Unit& unit, Site target) {
  constexpr int kMostNames = 4;
  for (int i = 0; i < kMostNames; ++i) {
    const uint32_t object = object_of(*target.function, target.node);
    if (target.function->node(object).kind != CXCursor_DeclRefExpr) break;
    const CXCursor variable = base_variable(*target.function, object);
    if (is_null(variable) || clang_getCursorKind(variable) != CXCursor_VarDecl) break;
    const CXTypeKind type = clang_getCanonicalType(clang_getCursorType(variable)).kind;
    const std::vector<Site>& made = unit.definitions().of(variable);
    if ((type != CXType_Pointer && type != CXType_LValueReference) || made.size() != 1) break;
    target = made[0];
  }
  return target;
}

bool comes_from_an_array(const Unit& unit, Site index) {
  return origin_of(unit.definitions(), index,
                   [](const Site& site) { return site.kind() == CXCursor_ArraySubscriptExpr; },
                   {false, false})
      .has_value();
}

bool leads_elsewhere(CXType type) {
  return type.kind == CXType_Pointer || type.kind == CXType_LValueReference ||
         type_name(type).find("atomic_ref") != std::string::npos;
}

// Threads have it in common: a kernel's own parameter, or a number that is itself the variable or
// the member. What a pointer, a reference or an atomic_ref leads to may be another place in every
// thread.
bool is_shared(const Function& function, CXCursor variable) {
  switch (clang_getCursorKind(variable)) {
    case CXCursor_ParmDecl:
      return function.is_kernel() &&
             clang_equalCursors(clang_getCursorSemanticParent(variable), function.cursor()) != 0;
    case CXCursor_FieldDecl:
    case CXCursor_VarDecl:
      return !leads_elsewhere(clang_getCanonicalType(clang_getCursorType(variable)));
    default:
      return false;
  }
}

// A variable or a member of one, and no element or what an address that was computed leads to.
bool is_named(const Function& function, uint32_t object) {
  uint32_t at = object;
  while (function.node(at).kind == CXCursor_MemberRefExpr && !function.children(at).empty()) {
    at = function.stripped(function.children(at).at(0));
  }
  const CXCursorKind kind = function.node(at).kind;
  return kind == CXCursor_DeclRefExpr || kind == CXCursor_MemberRefExpr ||
         kind == CXCursor_CXXThisExpr;
}

}  // namespace

std::string sum_replacement(const std::string& type) { return type == "float" ? kSum : ""; }

std::string addition_replacement(const Unit& unit, Site target, const std::string& type) {
  target = led_to(unit, target);
  const Function& function = *target.function;
  const uint32_t object = object_of(function, target.node);
  const CXCursorKind kind = function.node(object).kind;
  const std::vector<uint32_t> parts = function.children(object);
  const bool element = kind == CXCursor_ArraySubscriptExpr || kind == CXCursor_BinaryOperator;
  if (element && parts.size() == 2) {
    return type == "float" && comes_from_an_array(unit, target.at(parts[1])) ? kScatterAdd : "";
  }
  if (!is_named(function, object)) return "";
  return is_shared(function, base_variable(function, object)) ? sum_replacement(type) : "";
}

}  // namespace detaudit::rules::source
