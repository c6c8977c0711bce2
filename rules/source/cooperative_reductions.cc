// Cooperative groups that update an atomic float: each group adds when it is done.
#include <fmt/format.h>

#include "rules/source/number_type.h"
#include "rules/source/replacement.h"
#include "rules/source/rules.h"
#include "rules/source/thread_index.h"

namespace detaudit::rules::source {
namespace {

// `plus` of three: extrema do not depend on the order.
bool is_sum(const Function& function, const Call& call) {
  if (call.arguments.size() < 4 || call.arguments[3] == kNoNode) return false;
  const CXType operation = clang_getCursorType(function.node(call.arguments[3]).cursor);
  const std::string name = qualified_name(clang_getTypeDeclaration(operation));
  return name.find("less") == std::string::npos && name.find("greater") == std::string::npos &&
         name.find("bit_") == std::string::npos;
}

}  // namespace

void cooperative_reductions(const Unit& unit, Findings& findings) {
  for (const Function& function : unit.functions()) {
    for (const Call& call : function.calls()) {
      if (call.name != "cooperative_groups::reduce_update_async" || is_null(call.callee)) continue;
      const CXType atomic = clang_getCanonicalType(clang_getNonReferenceType(
          clang_getCursorType(clang_Cursor_getArgument(call.callee, 1))));
      const std::string type = float_type(clang_Type_getTemplateArgumentAsType(atomic, 0));
      const Site site{&function, call.node};
      if (type.empty() || !is_sum(function, call) || by_one_thread(unit, site)) continue;
      Finding& finding = findings.add("DET205", Cause::kFloatAtomics, site);
      finding.message =
          fmt::format("`reduce_update_async` adds `{}` numbers of groups in no fixed order", type);
      finding.label = "groups arrive in no fixed order";
      finding.fix =
          "let each group store its sum by index (`cooperative_groups::reduce`), and fold them "
          "in index order";
      finding.replacement = addition_replacement(unit, site.at(call.arguments[1]), type);
    }
  }
}

}  // namespace detaudit::rules::source
