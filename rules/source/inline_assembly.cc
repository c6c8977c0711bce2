// PTX in inline assembly that adds floats in memory: red, atom, and bulk and tensor reductions.
#include <fmt/format.h>

#include <regex>

#include "rules/source/replacement.h"
#include "rules/source/rules.h"
#include "rules/source/thread_index.h"

namespace detaudit::rules::source {
namespace {

struct Reduction {
  std::string instruction, type;
  bool vector = false;  // several numbers a thread
};

std::string without_comments(const std::string& assembly) {
  static const std::regex kComment(R"(/\*[^*]*\*+(?:[^/*][^*]*\*+)*/|//[^\n]*)");
  return std::regex_replace(assembly, kComment, " ");
}

// The type of a tensor reduction is in its tensor map, which the host encodes.
std::optional<Reduction> reduction_in(const std::string& assembly) {
  static const std::regex kTyped(
      R"((^|[\s;{@])((?:multimem\.)?(?:red|atom)\b(?=[\w.:]*\.add\b)[\w.:]*\.)"
      R"(((?:bf16|f16|f32|f64)(?:x2)?)|)"
      R"(cp\.reduce\.async\.bulk\.(?!tensor)[\w.:]*\.add(?:\.noftz)?\.(f16|bf16|f32|f64)))");
  static const std::regex kTensor(R"(cp\.reduce\.async\.bulk\.tensor[\w.:]*\.add\b)");
  std::smatch found;
  if (std::regex_search(assembly, found, kTyped)) {
    const std::string text = found[2];
    return Reduction{text.substr(0, text.find('.', text.starts_with("multimem") ? 9 : 0)),
                     found[3].matched ? found[3] : found[4], text.find(".v") != text.npos};
  }
  if (std::regex_search(assembly, kTensor)) return Reduction{"cp.reduce.async.bulk.tensor", ""};
  return std::nullopt;
}

// The first operand that is an address: what `red` and `atom` add to.
uint32_t address_of(const Function& function, uint32_t assembly) {
  const CXCursor cursor = function.node(assembly).cursor;
  for (unsigned i = 0; i < clang_Cursor_getGCCAssemblyNumInputs(cursor); ++i) {
    CXString constraint;
    CXCursor input = none();
    if (clang_Cursor_getGCCAssemblyInput(cursor, i, &constraint, &input) == 0) continue;
    if (take(constraint) != "l") continue;
    for (const uint32_t child : function.children(assembly)) {
      if (clang_hashCursor(function.node(child).cursor) == clang_hashCursor(input)) return child;
    }
  }
  return kNoNode;
}

// One number a thread, and no vector or tile.
std::string replacement(const Unit& unit, const Site& site, const Reduction& reduction) {
  const bool plain = reduction.instruction == "red" || reduction.instruction == "atom";
  const uint32_t address = address_of(*site.function, site.node);
  if (!plain || reduction.vector || reduction.type != "f32" || address == kNoNode) return "";
  return addition_replacement(unit, site.at(address), "float");
}

}  // namespace

void inline_assembly(const Unit& unit, Findings& findings) {
  for (const Function& function : unit.functions()) {
    for (uint32_t i = 1; i < function.nodes().size(); ++i) {
      if (function.node(i).kind != CXCursor_GCCAsmStmt) continue;
      const auto reduction = reduction_in(
          without_comments(take(clang_Cursor_getGCCAssemblyTemplate(function.node(i).cursor))));
      const Site site{&function, i};
      if (!reduction || by_one_thread(unit, site)) continue;
      Finding& finding = findings.add("DET203", Cause::kFloatAtomics, site);
      finding.message =
          reduction->type.empty()
              ? fmt::format("inline `{}` adds tiles in no fixed order", reduction->instruction)
              : fmt::format("inline `{}` adds {} numbers in no fixed order",
                            reduction->instruction, reduction->type);
      if (reduction->type.empty()) {
        finding.evidence.push_back(
            "the type is in the tensor map: of integers the order does not matter");
      }
      finding.label = "additions happen in no fixed order";
      finding.fix =
          "let one block own each output and add in a fixed order, or store the parts and "
          "fold them in index order";
      finding.replacement = replacement(unit, site, *reduction);
    }
  }
}

}  // namespace detaudit::rules::source
