// Sorts whose order is not that of values: of pointers by their addresses, and by one of several
// fields where the sort is not stable.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "rules/source/containers.h"
#include "rules/source/iteration.h"
#include "rules/source/operation.h"
#include "rules/source/operators.h"
#include "rules/source/rules.h"

namespace detaudit::rules::source {
namespace {

bool is_stable(const std::string& name) { return name.find("stable") != std::string::npos; }

// The element type of an iterator or a range.
CXType element_type(CXType type) {
  type = clang_getCanonicalType(clang_getUnqualifiedType(clang_getNonReferenceType(type)));
  if (type.kind == CXType_Pointer) return clang_getCanonicalType(clang_getPointeeType(type));
  const CXType first = clang_Type_getTemplateArgumentAsType(type, 0);
  const std::string name = qualified_name(clang_getTypeDeclaration(type));
  // An iterator's first argument is the pointer that it wraps; a container's its element.
  const bool iterator = name.find("iterator") != std::string::npos;
  return iterator ? element_type(first) : clang_getCanonicalType(first);
}

// The comparison's body.
std::optional<Site> comparison_body(const Unit& unit, const Function& function, const Call& call) {
  for (const uint32_t argument : call.arguments) {
    if (argument == kNoNode) continue;
    if (const auto code = handed_code(unit, function, argument)) return code;
  }
  return std::nullopt;
}

struct Sides {
  Site left, right;
};

// `return a < b;` and nothing else.
std::optional<Sides> only_comparison(const Site& body) {
  const Function& function = *body.function;
  std::optional<Sides> found;
  for (uint32_t i = body.node; i < function.node(body.node).end; ++i) {
    const Node& node = function.node(i);
    if (node.kind == CXCursor_IfStmt || node.kind == CXCursor_ConditionalOperator)
      return std::nullopt;
    if (node.kind != CXCursor_ReturnStmt) continue;
    const std::vector<uint32_t> values = function.children(i);
    if (found || values.size() != 1) return std::nullopt;
    const uint32_t value = function.stripped(values[0]);
    if (function.node(value).kind != CXCursor_BinaryOperator) return std::nullopt;
    const CXBinaryOperatorKind kind = binary_operator(function.node(value));
    if (kind < CXBinaryOperator_LT || kind > CXBinaryOperator_GE) return std::nullopt;
    const std::vector<uint32_t> sides = function.children(value);
    if (sides.size() != 2) return std::nullopt;
    found =
        Sides{{&function, function.stripped(sides[0])}, {&function, function.stripped(sides[1])}};
  }
  return found;
}

bool is_parameter(const Site& side) {
  if (side.kind() != CXCursor_DeclRefExpr) return false;
  const CXCursor used = clang_getCursorReferenced(side.cursor());
  return !is_null(used) && clang_getCursorKind(used) == CXCursor_ParmDecl;
}

// The member's name in `a.b`, also where `a`'s type is not known.
std::string last_token(CXCursor expression) {
  CXTranslationUnit unit = clang_Cursor_getTranslationUnit(expression);
  CXToken* tokens = nullptr;
  unsigned count = 0;
  clang_tokenize(unit, clang_getCursorExtent(expression), &tokens, &count);
  std::string name;
  for (unsigned i = 0; i < count; ++i) {
    if (clang_getTokenKind(tokens[i]) == CXToken_Identifier) {
      name = take(clang_getTokenSpelling(unit, tokens[i]));
    }
  }
  clang_disposeTokens(unit, tokens, count);
  return name;
}

// A parameter's own address, or the one that it is: `a`, `&a`, `a.get()`.
bool is_address_of_parameter(const Site& side) {
  const Function& function = *side.function;
  if (is_parameter(side)) {
    return is_address(clang_getNonReferenceType(clang_getCursorType(side.cursor())));
  }
  const std::vector<uint32_t> parts = function.children(side.node);
  if (parts.empty()) return false;
  const uint32_t inner = function.stripped(parts[0]);
  if (side.kind() == CXCursor_UnaryOperator) {
    return unary_operator(function.node(side.node)) == CXUnaryOperator_AddrOf &&
           is_parameter(side.at(inner));
  }
  const std::vector<uint32_t> object = function.children(inner);
  return side.kind() == CXCursor_CallExpr && last_token(side.at(inner).cursor()) == "get" &&
         object.size() == 1 && is_parameter(side.at(function.stripped(object[0])));
}

// What is made of a parameter of C's comparisons: `*(char**)a`, `((char**)a)[0]`, or a variable
// that is.
bool is_element_of_parameter(const Unit& unit, const Site& side, int depth = 0) {
  constexpr int kMostNames = 3;
  const Function& function = *side.function;
  const uint32_t index = function.stripped(side.node);
  const Node& node = function.node(index);
  if (!is_address(clang_getCursorType(node.cursor))) return false;
  const std::vector<uint32_t> parts = function.children(index);
  const bool deref =
      node.kind == CXCursor_UnaryOperator && unary_operator(node) == CXUnaryOperator_Deref;
  if (deref || node.kind == CXCursor_ArraySubscriptExpr) {
    return !parts.empty() && is_parameter(side.at(function.stripped(parts[0])));
  }
  if (node.kind != CXCursor_DeclRefExpr || depth > kMostNames) return false;
  const CXCursor variable = base_variable(function, index);
  if (is_null(variable) || clang_getCursorKind(variable) != CXCursor_VarDecl) return false;
  const std::vector<Site>& made = unit.definitions().of(variable);
  return made.size() == 1 && made[0].function == &function &&
         is_element_of_parameter(unit, made[0], depth + 1);
}

bool is_ordering(CXBinaryOperatorKind kind) {
  return (kind >= CXBinaryOperator_Cmp && kind <= CXBinaryOperator_GE) ||
         kind == CXBinaryOperator_Sub;
}

// Somewhere in it, if only where all else is equal.
bool compares_addresses(const Unit& unit, const Site& body) {
  const Function& function = *body.function;
  for (uint32_t i = body.node; i < function.node(body.node).end; ++i) {
    if (function.node(i).kind != CXCursor_BinaryOperator ||
        !is_ordering(binary_operator(function.node(i)))) {
      continue;
    }
    const std::vector<uint32_t> sides = function.children(i);
    const bool both =
        sides.size() == 2 && std::all_of(sides.begin(), sides.end(), [&](uint32_t side) {
          const Site value{&function, function.stripped(side)};
          return is_address_of_parameter(value) || is_element_of_parameter(unit, value);
        });
    if (both) return true;
  }
  return false;
}

CXVisitorResult count_field(CXCursor, CXClientData count) {
  ++*static_cast<int*>(count);
  return CXVisit_Continue;
}

int fields_of(CXType type) {
  type = clang_getCanonicalType(clang_getNonReferenceType(type));
  if (type.kind == CXType_Pointer) type = clang_getCanonicalType(clang_getPointeeType(type));
  int count = 0;
  clang_Type_visitFields(type, count_field, &count);
  return count;
}

// `scores` of `scores[a]`: elements are places, and sorted by what is there.
std::optional<std::string> looked_up(const Site& side) {
  const Function& function = *side.function;
  std::vector<uint32_t> parts = function.children(side.node);
  if (side.kind() == CXCursor_CallExpr && spelling(side.cursor()) == "operator[]" &&
      parts.size() == 3) {
    parts.erase(parts.begin() + 1);
  } else if (side.kind() != CXCursor_ArraySubscriptExpr || parts.size() != 2) {
    return std::nullopt;
  }
  const CXCursor table = base_variable(function, parts[0]);
  const bool place = is_parameter(side.at(function.stripped(parts[1])));
  return place && !is_null(table) ? std::optional(spelling(table)) : std::nullopt;
}

// One field of a parameter, which has others; by name, by std::get, by a member function without
// arguments; or what a table has for it.
std::optional<std::string> field_of(const Site& side, CXType element) {
  const Function& function = *side.function;
  if (side.kind() == CXCursor_CallExpr && function.children(side.node).size() == 1) {
    const Site callee = side.at(function.stripped(function.children(side.node)[0]));
    return callee.kind() == CXCursor_MemberRefExpr ? field_of(callee, element) : std::nullopt;
  }
  if (const auto table = looked_up(side)) return table;
  if (side.kind() == CXCursor_MemberRefExpr) {
    const std::vector<uint32_t> object = function.children(side.node);
    if (object.empty()) {  // of the object whose operator this is
      return fields_of(element) < 2 ? std::nullopt : std::optional(last_token(side.cursor()));
    }
    const CXType type = clang_getCursorType(function.node(function.stripped(object[0])).cursor);
    // Of `const auto& a` the type is not known, but it is that of the elements.
    if (fields_of(type) < 2 && fields_of(element) < 2) return std::nullopt;
    return last_token(side.cursor());
  }
  const Call* call = function.call_at(side.node);
  if (call != nullptr && call->name == "std::get") return "std::get";
  return std::nullopt;
}

void report_addresses(Findings& findings, const Site& site) {
  Finding& finding = findings.add("DET220", Cause::kHashOrder, site);
  finding.message = "pointers are sorted by their addresses";
  finding.label = "addresses differ from run to run";
  finding.fix = "compare what they point to, or an id that the program gives its objects";
}

void report_ties(Findings& findings, const Site& site, const std::string& field) {
  Finding& finding = findings.add("DET222", Cause::kDataOrder, site);
  finding.message =
      fmt::format("elements are sorted by `{}` alone, by a sort that is not stable", field);
  finding.label = "the order of equal elements is the library's";
  finding.fix = "compare the other fields too (`std::tie`), or use `std::stable_sort`";
}

// `&Hit::score`, which std::ranges::sort takes as a projection.
std::optional<std::string> projected_field(const Function& function, const Call& call) {
  for (const uint32_t argument : call.arguments) {
    if (argument == kNoNode) continue;
    const CXType type = clang_getCanonicalType(clang_getCursorType(function.node(argument).cursor));
    if (type.kind != CXType_MemberPointer || fields_of(clang_Type_getClassType(type)) < 2) continue;
    for (uint32_t i = argument; i < function.node(argument).end; ++i) {
      if (function.node(i).kind == CXCursor_DeclRefExpr) return spelling(function.node(i).cursor);
    }
  }
  return std::nullopt;
}

// Only ranges or iterators, and comparisons of values by `<` or `>`.
bool compares_values(const Function& function, const Call& call) {
  return std::all_of(call.arguments.begin() + 1, call.arguments.end(), [&](uint32_t argument) {
    if (argument == kNoNode) return true;
    const std::string type =
        type_name(clang_getNonReferenceType(clang_getCursorType(function.node(argument).cursor)));
    return type.find("iterator") != std::string::npos || type.ends_with("*") ||
           type.starts_with("std::less<") || type.starts_with("std::greater<") ||
           type.starts_with("std::ranges::less") || type.starts_with("std::ranges::greater") ||
           type == "std::identity" || type.starts_with("std::vector<");
  });
}

// The elements' own `<`, where they are compared by it.
std::optional<Site> own_comparison(const Unit& unit, const Function& function, const Call& call,
                                   CXType element) {
  if (!compares_values(function, call)) return std::nullopt;
  const CXCursor record = clang_getTypeDeclaration(element);
  if (is_null(record)) return std::nullopt;
  for (const Function& each : unit.functions()) {
    if (spelling(each.cursor()) != "operator<") continue;
    const CXCursor parameter = clang_Cursor_getArgument(each.cursor(), 0);
    const CXCursor compared = clang_getTypeDeclaration(
        clang_getCanonicalType(clang_getNonReferenceType(clang_getCursorType(parameter))));
    if (clang_equalCursors(declaration(compared), declaration(record)) != 0) return Site{&each, 0};
  }
  return std::nullopt;
}

void judge_sort(const Unit& unit, Findings& findings, const Function& function, const Call& call) {
  // std::ranges::sort is an object.
  const size_t first = call.name.ends_with("::operator()") ? 1 : 0;
  if (call.arguments.size() <= first || call.arguments[first] == kNoNode) return;
  const Site site{&function, call.node};
  const CXType element =
      element_type(clang_getCursorType(function.node(call.arguments[first]).cursor));
  if (const auto field = projected_field(function, call)) {
    if (!is_stable(call.name)) report_ties(findings, site, *field);
    return;
  }
  auto body = comparison_body(unit, function, call);
  if (!body) {
    if (is_compared_by_address(element) && compares_values(function, call)) {
      return report_addresses(findings, site);
    }
    body = own_comparison(unit, function, call, element);
    if (!body) return;
  }
  if (compares_addresses(unit, *body)) return report_addresses(findings, site);
  const auto sides = only_comparison(*body);
  if (!sides) return;
  if (is_stable(call.name)) return;
  const auto left = field_of(sides->left, element), right = field_of(sides->right, element);
  if (left && right && *left == *right) report_ties(findings, site, *left);
}

}  // namespace

void sorting(const Unit& unit, Findings& findings) {
  for (const Function& function : unit.functions()) {
    for (const Call& call : function.calls()) {
      const bool ordering = is_sort(call) || call.name == "std::nth_element";
      if (call.in_system && ordering) judge_sort(unit, findings, function, call);
    }
  }
}

}  // namespace detaudit::rules::source
