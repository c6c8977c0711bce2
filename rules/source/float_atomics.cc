// Float additions by CUDA's atomic functions, whatever typedef, macro, template or wrapper they come
// through: the type is that of the function that overload resolution chose.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "rules/source/number_type.h"
#include "rules/source/replacement.h"
#include "rules/source/rules.h"
#include "rules/source/thread_index.h"

namespace detaudit::rules::source {
namespace {

constexpr std::array<std::string_view, 9> kAdditions = {
    "atomicAdd",       "atomicAdd_block", "atomicAdd_system", "atomicSub",      "atomicSub_block",
    "atomicSub_system", "unsafeAtomicAdd", "safeAtomicAdd",    "atomicAddNoRet"};

bool is_addition(const Call& call) {
  return call.in_system && !is_null(call.callee) &&
         std::find(kAdditions.begin(), kAdditions.end(), call.name) != kAdditions.end();
}

}  // namespace

void float_atomics(const Unit& unit, Findings& findings) {
  for (const Function& function : unit.functions()) {
    for (const Call& call : function.calls()) {
      if (!is_addition(call)) continue;
      const CXCursor address = clang_Cursor_getArgument(call.callee, 0);
      const std::string type = pointed_float_type(clang_getCursorType(address));
      const Site site{&function, call.node};
      if (type.empty() || by_one_thread(unit, site) || to_own_element(unit, site)) continue;
      Finding& finding = findings.add("DET201", Cause::kFloatAtomics, site);
      finding.message = fmt::format("`{}` adds `{}` numbers in no fixed order", call.name, type);
      finding.label = "float additions happen in no fixed order";
      finding.fix =
          "give every output one owner that adds in a fixed order, or write one partial sum a "
          "block and fold them in index order in a second kernel";
      if (!call.arguments.empty() && call.arguments[0] != kNoNode) {
        finding.replacement = addition_replacement(unit, site.at(call.arguments[0]), type);
      }
    }
  }
}

}  // namespace detaudit::rules::source
