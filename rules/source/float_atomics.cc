// Float additions by CUDA's atomic functions, whatever typedef, macro, template or wrapper they
// come through: the type is that of the function that overload resolution chose.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "rules/source/number_type.h"
#include "rules/source/replacement.h"
#include "rules/source/rules.h"
#include "rules/source/thread_index.h"

namespace detaudit::rules::source {
namespace {

// CUDA's own, and what libraries wrap around them: `atomicAdd_block`, `gpuAtomicAdd`,
// `Kokkos::atomic_add`.
constexpr std::array<std::string_view, 4> kAdditions = {"atomicadd", "atomicsub", "atomicfetchadd",
                                                        "atomicfetchsub"};

std::string plain_name(CXCursor function) {
  std::string name;
  for (const unsigned char each : spelling(function)) {
    if (each != '_') name += static_cast<char>(std::tolower(each));
  }
  return name;
}

// Of a wrapper that this project has itself, the code is read instead.
bool is_addition(const Call& call) {
  if (!call.in_system || is_null(call.callee)) return false;
  const std::string name = plain_name(call.callee);
  return std::any_of(kAdditions.begin(), kAdditions.end(),
                     [&](std::string_view each) { return name.find(each) != name.npos; });
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
