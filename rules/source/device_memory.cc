// Memory of cudaMalloc that a kernel accumulates into before anything was stored there.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "rules/source/operators.h"
#include "rules/source/rules.h"

namespace detaudit::rules::source {
namespace {

constexpr std::array<std::string_view, 4> kAllocating = {"cudaMalloc", "cudaMallocAsync",
                                                         "cudaMallocPitch", "cudaMallocFromPoolAsync"};

// What a kernel does first with what a parameter points to.
enum class FirstUse { kNone, kAccumulates, kOther };

bool is_atomic_update(const Call& call) {
  return call.in_system && call.name.starts_with("atomic") && call.name != "atomicExch";
}

FirstUse first_use(const Function& kernel, CXCursor parameter) {
  const CXCursor wanted = declaration(parameter);
  for (uint32_t i = 1; i < kernel.nodes().size(); ++i) {
    const Assignment assignment = assignment_at(kernel, i);
    if (assignment.node != kNoNode &&
        clang_equalCursors(base_variable(kernel, assignment.target), wanted) &&
        kernel.node(kernel.stripped(assignment.target)).kind != CXCursor_DeclRefExpr) {
      return assignment.compound ? FirstUse::kAccumulates : FirstUse::kOther;
    }
    const Call* call = kernel.call_at(i);
    if (call == nullptr) continue;
    for (const uint32_t argument : call->arguments) {
      if (argument == kNoNode || !clang_equalCursors(base_variable(kernel, argument), wanted)) continue;
      return is_atomic_update(*call) ? FirstUse::kAccumulates : FirstUse::kOther;
    }
  }
  return FirstUse::kNone;
}

bool is_allocation(const Call& call) {
  return std::find(kAllocating.begin(), kAllocating.end(), call.name) != kAllocating.end();
}

// Which argument of the call is the variable.
std::optional<size_t> argument_of(const Function& function, const Call& call, CXCursor variable) {
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    if (call.arguments[i] == kNoNode) continue;
    if (clang_equalCursors(base_variable(function, call.arguments[i]), variable)) return i;
  }
  return std::nullopt;
}

void judge_allocation(const Unit& unit, Findings& findings, const Function& function,
                      const Call& allocation) {
  if (allocation.arguments.empty() || allocation.arguments[0] == kNoNode) return;
  const CXCursor memory = base_variable(function, allocation.arguments[0]);
  if (is_null(memory)) return;
  for (const Call& call : function.calls()) {
    if (call.node <= allocation.node) continue;
    const auto at = argument_of(function, call, memory);
    if (!at) continue;
    const Function* kernel = is_null(call.callee) ? nullptr : unit.code_of(call.callee);
    if (kernel == nullptr || !kernel->is_kernel()) return;  // whatever it is, it may store there
    const FirstUse use =
        first_use(*kernel, clang_Cursor_getArgument(call.callee, static_cast<unsigned>(*at)));
    if (use == FirstUse::kNone) continue;
    if (use == FirstUse::kOther) return;
    Finding& finding =
        findings.add("DET240", Cause::kUninitializedMemory, {&function, call.node});
    finding.message = fmt::format("`{}` accumulates into memory that nothing was stored in",
                                  spelling(call.callee));
    finding.label = fmt::format("`{}` holds what was left there", spelling(memory));
    finding.evidence.push_back(fmt::format("allocated by `{}` at line {}", allocation.name,
                                           place_of(function.node(allocation.node).cursor).line));
    finding.fix = fmt::format("`cudaMemset({}, 0, ...)` before the launch", spelling(memory));
    return;
  }
}

}  // namespace

void device_memory(const Unit& unit, Findings& findings) {
  for (const Function& function : unit.functions()) {
    for (const Call& call : function.calls()) {
      if (is_allocation(call)) judge_allocation(unit, findings, function, call);
    }
  }
}

}  // namespace detaudit::rules::source
