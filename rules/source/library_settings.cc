// Algorithms and orders that a library's documentation calls non-deterministic, asked for by name
// of an enumerator; and libraries told to time their algorithms.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "rules/source/rules.h"

namespace detaudit::rules::source {
namespace {

struct Setting {
  std::string_view enumerator;
  const char* code;
  const char* instead;
};
constexpr const char* kLibrary = "DET250";
constexpr std::array<Setting, 13> kSettings = {{
    {"CUBLAS_ATOMICS_ALLOWED", kLibrary, "CUBLAS_ATOMICS_NOT_ALLOWED"},
    {"CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0", kLibrary, "CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1"},
    {"CUDNN_CONVOLUTION_BWD_FILTER_ALGO_3", kLibrary, "CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1"},
    {"CUDNN_CONVOLUTION_BWD_DATA_ALGO_0", kLibrary, "CUDNN_CONVOLUTION_BWD_DATA_ALGO_1"},
    {"CUDNN_CTC_LOSS_ALGO_NON_DETERMINISTIC", kLibrary, "CUDNN_CTC_LOSS_ALGO_DETERMINISTIC"},
    {"CUSPARSE_SPMV_COO_ALG1", kLibrary, "CUSPARSE_SPMV_COO_ALG2"},
    {"CUSPARSE_SPMV_CSR_ALG1", kLibrary, "CUSPARSE_SPMV_CSR_ALG2"},
    {"CUSPARSE_SPMM_COO_ALG1", kLibrary, "CUSPARSE_SPMM_COO_ALG2"},
    {"CUSPARSE_SPMM_COO_ALG3", kLibrary, "CUSPARSE_SPMM_COO_ALG2"},
    {"CUSPARSE_SPMM_COO_ALG4", kLibrary, "CUSPARSE_SPMM_COO_ALG2"},
    {"CUSPARSE_SPGEMM_CSR_ALG_NONDETERMINITIC", kLibrary, "CUSPARSE_SPGEMM_CSR_ALG_DETERMINITIC"},
    {"CUSOLVER_ALLOW_NON_DETERMINISTIC_RESULTS", kLibrary, "CUSOLVER_DETERMINISTIC_RESULTS"},
    {"CURAND_ORDERING_PSEUDO_DYNAMIC", "DET213", "CURAND_ORDERING_PSEUDO_LEGACY"},
}};

constexpr std::array<std::string_view, 8> kSearches = {
    "cudnnFindConvolutionForwardAlgorithm",        "cudnnFindConvolutionForwardAlgorithmEx",
    "cudnnFindConvolutionBackwardDataAlgorithm",   "cudnnFindConvolutionBackwardDataAlgorithmEx",
    "cudnnFindConvolutionBackwardFilterAlgorithm", "cudnnFindConvolutionBackwardFilterAlgorithmEx",
    "cudnnFindRNNForwardTrainingAlgorithmEx",      "cudnnFindRNNBackwardDataAlgorithmEx"};

// A setting is made where it is passed, assigned or initializes, not where it is compared with.
bool is_compared(const Function& function, uint32_t node) {
  const uint32_t above = function.parent_of(node);
  if (above == kNoNode) return false;
  const Node& parent = function.node(above);
  if (parent.kind == CXCursor_CaseStmt) return true;
  if (parent.kind != CXCursor_BinaryOperator) return false;
  const auto kind = clang_getCursorBinaryOperatorKind(parent.cursor);
  return kind == CXBinaryOperator_EQ || kind == CXBinaryOperator_NE;
}

const Setting* setting_of(const Unit& unit, const Node& node) {
  if (node.kind != CXCursor_DeclRefExpr) return nullptr;
  const CXCursor used = clang_getCursorReferenced(node.cursor);
  if (is_null(used) || clang_getCursorKind(used) != CXCursor_EnumConstantDecl) return nullptr;
  const std::string name = spelling(used);
  const auto found = std::find_if(kSettings.begin(), kSettings.end(),
                                  [&](const Setting& each) { return each.enumerator == name; });
  return found != kSettings.end() && unit.is_foreign(used) ? &*found : nullptr;
}

void report_setting(Findings& findings, const Site& site, const Setting& setting) {
  const bool order = std::string_view(setting.code) != kLibrary;
  Finding& finding = findings.add(
      setting.code, order ? Cause::kEnvironment : Cause::kLibrarySelection, site);
  finding.message = order ? fmt::format("`{}` orders numbers as the GPU likes", setting.enumerator)
                          : fmt::format("`{}` asks for an algorithm that is documented as "
                                        "non-deterministic", setting.enumerator);
  finding.label = order ? "another GPU, another order" : "different bits from call to call";
  finding.fix = fmt::format("use {}", setting.instead);
}

}  // namespace

void library_settings(const Unit& unit, Findings& findings) {
  for (const Function& function : unit.functions()) {
    for (uint32_t i = 1; i < function.nodes().size(); ++i) {
      const Setting* setting = setting_of(unit, function.node(i));
      if (setting != nullptr && !is_compared(function, i)) {
        report_setting(findings, {&function, i}, *setting);
      }
    }
  }
}

void library_searches(const Unit& unit, Findings& findings) {
  for (const Function& function : unit.functions()) {
    for (uint32_t i = 1; i < function.nodes().size(); ++i) {
      if (function.node(i).kind != CXCursor_DeclRefExpr) continue;  // called, or kept to be called
      const CXCursor used = clang_getCursorReferenced(function.node(i).cursor);
      const std::string name = is_null(used) ? "" : spelling(used);
      if (std::find(kSearches.begin(), kSearches.end(), name) == kSearches.end() ||
          !unit.is_foreign(used))
        continue;
      Finding& finding = findings.add("DET251", Cause::kLibrarySelection, {&function, i});
      finding.message = fmt::format("`{}` takes whichever algorithm is fastest now", name);
      finding.label = "timings decide which algorithm runs";
      finding.fix =
          "fix the algorithm by name, or ask the heuristics and keep those whose determinism "
          "is CUDNN_DETERMINISTIC";
    }
  }
}

}  // namespace detaudit::rules::source
