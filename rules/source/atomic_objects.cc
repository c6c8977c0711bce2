// Atomic objects of floats: std::atomic, std::atomic_ref, cuda::atomic and their like, added to by
// members, operators or functions. Their compare-and-swap loops: swap_loops.cc.
#include <fmt/format.h>

#include <array>
#include <string_view>

#include "rules/source/names.h"
#include "rules/source/number_type.h"
#include "rules/source/operators.h"
#include "rules/source/replacement.h"
#include "rules/source/rules.h"
#include "rules/source/thread_index.h"

namespace detaudit::rules::source {
namespace {

constexpr std::array<std::string_view, 6> kMembers = {"fetch_add", "fetch_sub",  "operator+=",
                                                      "operator-=", "add_fetch", "sub_fetch"};
constexpr std::array<std::string_view, 4> kFunctions = {"atomic_fetch_add", "atomic_fetch_sub",
                                                        "atomic_fetch_add_explicit",
                                                        "atomic_fetch_sub_explicit"};

// "std::__atomic_float" and what derives from it, cuda::atomic_ref, boost's.
bool is_atomic_class(const std::string& name) {
  const size_t last = name.rfind("::");
  const std::string_view plain = std::string_view(name).substr(last == name.npos ? 0 : last + 2);
  return plain.find("atomic") != std::string_view::npos;
}

std::string value_type(CXType object) {
  object = clang_getCanonicalType(clang_getNonReferenceType(object));
  return float_type(clang_Type_getTemplateArgumentAsType(object, 0));
}

// The float type that a call adds atomically, or empty.
std::string added_type(const Call& call) {
  if (!call.in_system || is_null(call.callee)) return "";
  const std::string name = spelling(call.callee);
  if (contains(kFunctions, name)) {
    const CXType first = clang_getCursorType(clang_Cursor_getArgument(call.callee, 0));
    return value_type(clang_getPointeeType(clang_getCanonicalType(first)));
  }
  if (!contains(kMembers, name)) return "";
  const CXCursor owner = clang_getCursorSemanticParent(call.callee);
  if (!is_atomic_class(qualified_name(owner))) return "";
  const std::string type = value_type(clang_getCursorType(owner));
  // Where the base class is specialized by more than the type.
  return type.empty() ? float_type(clang_getResultType(clang_getCursorType(call.callee))) : type;
}

// C's `_Atomic float`, added to, or multiplied, by an operator of the language.
std::string c_atomic_type(const Function& function, uint32_t node) {
  const Assignment assignment = assignment_at(function, node);
  if (assignment.node == kNoNode || !assignment.compound) return "";
  const CXType type =
      clang_getCanonicalType(clang_getCursorType(function.node(assignment.target).cursor));
  return type.kind == CXType_Atomic ? float_type(clang_Type_getValueType(type)) : "";
}

// What is added to: of a member's call the object before its name.
Site object_of(Site site) {
  const Function& function = *site.function;
  const std::vector<uint32_t> parts = function.children(site.node);
  if (parts.empty()) return site;
  const uint32_t first = function.stripped(parts[0]);
  const bool member =
      function.node(first).kind == CXCursor_MemberRefExpr &&
      is_function(clang_getCursorKind(clang_getCursorReferenced(function.node(first).cursor)));
  const std::vector<uint32_t> object = function.children(first);
  return site.at(member && !object.empty() ? object[0] : first);
}

void report(const Unit& unit, Findings& findings, Site site, const std::string& type) {
  if (by_one_thread(unit, site)) return;
  Finding& finding = findings.add("DET204", Cause::kFloatAtomics, site);
  finding.message = fmt::format("an atomic `{}` is accumulated into in no fixed order", type);
  finding.label = "float additions happen in no fixed order";
  finding.fix =
      "let every thread sum into a place of its own, and fold these in index order once all "
      "are done";
  finding.replacement = addition_replacement(unit, object_of(site), type);
}

}  // namespace

void atomic_objects(const Unit& unit, Findings& findings) {
  for (const Function& function : unit.functions()) {
    for (const Call& call : function.calls()) {
      const std::string type = added_type(call);
      if (!type.empty()) report(unit, findings, {&function, call.node}, type);
    }
    for (uint32_t i = 1; i < function.nodes().size(); ++i) {
      if (function.node(i).kind != CXCursor_CompoundAssignOperator) continue;
      const std::string type = c_atomic_type(function, i);
      if (!type.empty()) report(unit, findings, {&function, i}, type);
    }
  }
}

}  // namespace detaudit::rules::source
