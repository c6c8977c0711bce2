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

constexpr std::array<std::string_view, 4> kAllocating = {
    "cudaMalloc", "cudaMallocAsync", "cudaMallocPitch", "cudaMallocFromPoolAsync"};

// What a kernel does first with what a parameter points to.
enum class FirstUse { kNone, kAccumulates, kOther };

bool is_atomic_update(const Call& call) {
  return call.in_system && call.name.starts_with("atomic") && call.name != "atomicExch";
}

// `y[i] = a * x[i] + y[i]`
bool reads(const Function& kernel, uint32_t value, CXCursor parameter) {
  for (uint32_t i = value; i < kernel.node(value).end; ++i) {
    if (kernel.node(i).kind == CXCursor_ArraySubscriptExpr &&
        clang_equalCursors(base_variable(kernel, i), parameter)) {
      return true;
    }
  }
  return false;
}

FirstUse first_use(const Function& kernel, CXCursor parameter) {
  const CXCursor wanted = declaration(parameter);
  for (uint32_t i = 1; i < kernel.nodes().size(); ++i) {
    const Assignment assignment = assignment_at(kernel, i);
    if (assignment.node != kNoNode &&
        clang_equalCursors(base_variable(kernel, assignment.target), wanted) &&
        kernel.node(kernel.stripped(assignment.target)).kind != CXCursor_DeclRefExpr) {
      const bool accumulates = assignment.compound || reads(kernel, assignment.value, wanted);
      return accumulates ? FirstUse::kAccumulates : FirstUse::kOther;
    }
    const Call* call = kernel.call_at(i);
    if (call == nullptr) continue;
    for (const uint32_t argument : call->arguments) {
      if (argument == kNoNode || !clang_equalCursors(base_variable(kernel, argument), wanted))
        continue;
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

CXCursor allocated(const Function& function, const Call& call) {
  const bool named = is_allocation(call) && !call.arguments.empty() && call.arguments[0] != kNoNode;
  return named ? base_variable(function, call.arguments[0]) : none();
}

// The variable that a value goes into.
CXCursor holder(const Function& function, uint32_t value) {
  const uint32_t above = function.parent_of(value);
  if (above == kNoNode) return none();
  if (function.node(above).kind == CXCursor_VarDecl)
    return declaration(function.node(above).cursor);
  const Assignment assignment = assignment_at(function, above);
  return assignment.node == kNoNode ? none() : base_variable(function, assignment.target);
}

// Whether a function of this unit gives the memory away as it allocated it.
bool hands_out(const Unit& unit, CXCursor callee) {
  const Function* code = is_null(callee) ? nullptr : unit.code_of(callee);
  if (code == nullptr) return false;
  CXCursor memory = none();
  for (const Call& call : code->calls()) {
    if (const CXCursor here = allocated(*code, call); !is_null(here)) {
      memory = here;
    } else if (!is_null(memory) && argument_of(*code, call, memory)) {
      return false;
    }
  }
  const std::vector<Site>& returns = unit.definitions().returns_of(callee);
  return !is_null(memory) && returns.size() == 1 &&
         returns[0].function->children(returns[0].node).size() == 1 &&
         clang_equalCursors(base_variable(*code, code->children(returns[0].node)[0]), memory);
}

// `b = a`: what is stored by the other name is not looked at.
bool is_copied(const Function& function, CXCursor memory, uint32_t from, uint32_t to) {
  for (uint32_t i = from; i < to; ++i) {
    const bool use = function.node(i).kind == CXCursor_DeclRefExpr &&
                     clang_equalCursors(base_variable(function, i), memory);
    if (!use) continue;
    const CXCursor other = holder(function, i);
    if (!is_null(other) && !clang_equalCursors(other, memory)) return true;
  }
  return false;
}

void report(Findings& findings, const Site& launch, const Function& function,
            const Call& allocation, CXCursor memory) {
  const Call* call = launch.function->call_at(launch.node);
  Finding& finding = findings.add("DET240", Cause::kUninitializedMemory, launch);
  finding.message = fmt::format("`{}` accumulates into memory that nothing was stored in",
                                spelling(call->callee));
  finding.label = fmt::format("`{}` holds what was left there", spelling(memory));
  finding.evidence.push_back(fmt::format("allocated by `{}` at line {}", allocation.name,
                                         place_of(function.node(allocation.node).cursor).line));
  finding.fix = fmt::format("`cudaMemset({}, 0, ...)` before the launch", spelling(memory));
}

void judge_allocation(const Unit& unit, Findings& findings, const Function& function,
                      const Call& allocation, CXCursor memory) {
  for (const Call& call : function.calls()) {
    if (call.node <= allocation.node) continue;
    const auto at = argument_of(function, call, memory);
    if (!at) continue;
    if (is_copied(function, memory, allocation.node, call.node)) return;
    const Function* kernel = is_null(call.callee) ? nullptr : unit.code_of(call.callee);
    if (kernel == nullptr || !kernel->is_kernel()) return;  // whatever it is, it may store there
    const FirstUse use =
        first_use(*kernel, clang_Cursor_getArgument(call.callee, static_cast<unsigned>(*at)));
    if (use == FirstUse::kNone) continue;
    if (use == FirstUse::kOther) return;
    return report(findings, {&function, call.node}, function, allocation, memory);
  }
}

// The call that an expression is an argument of, or null.
const Call* call_around(const Function& function, uint32_t node) {
  for (uint32_t at = function.node(node).parent; at != kNoNode; at = function.node(at).parent) {
    const CXCursorKind kind = function.node(at).kind;
    if (const Call* call = function.call_at(at)) return call;
    if (clang_isStatement(kind) != 0 && kind != CXCursor_UnexposedStmt) return nullptr;
  }
  return nullptr;
}

// What a call does with memory that a member points to.
FirstUse use_of_member(const Unit& unit, const Function& function, const Call& call,
                       CXCursor member) {
  const auto at = argument_of(function, call, member);
  if (!at) return FirstUse::kOther;
  const bool leaves_it = is_allocation(call) || call.name.starts_with("cudaFree") ||
                         (call.name.starts_with("cudaMemcpy") && *at == 1);
  if (leaves_it) return FirstUse::kNone;
  const Function* kernel = is_null(call.callee) ? nullptr : unit.code_of(call.callee);
  if (kernel == nullptr || !kernel->is_kernel()) return FirstUse::kOther;
  return first_use(*kernel, clang_Cursor_getArgument(call.callee, static_cast<unsigned>(*at)));
}

// Memory of a member, which its class allocates: the first launch that accumulates, where nothing
// in this unit does anything else with it but to copy from it and to free it.
std::optional<Site> first_accumulation(const Unit& unit, CXCursor member) {
  std::optional<Site> first;
  for (const Function& function : unit.functions()) {
    for (uint32_t i = 1; i < function.nodes().size(); ++i) {
      if (function.node(i).kind != CXCursor_MemberRefExpr) continue;
      if (clang_equalCursors(base_variable(function, i), member) == 0) continue;
      const Call* call = call_around(function, i);
      if (call == nullptr) return std::nullopt;
      const FirstUse use = use_of_member(unit, function, *call, member);
      if (use == FirstUse::kOther) return std::nullopt;
      if (use == FirstUse::kAccumulates && !first) first = Site{&function, call->node};
    }
  }
  return first;
}

void judge_member(const Unit& unit, Findings& findings, const Function& function,
                  const Call& allocation, CXCursor member) {
  if (!unit.sees_whole(clang_getCursorSemanticParent(member))) return;
  const auto launch = first_accumulation(unit, member);
  if (launch) report(findings, *launch, function, allocation, member);
}

}  // namespace

void device_memory(const Unit& unit, Findings& findings) {
  for (const Function& function : unit.functions()) {
    for (const Call& call : function.calls()) {
      CXCursor memory = allocated(function, call);
      if (is_null(memory) && hands_out(unit, call.callee)) memory = holder(function, call.node);
      if (is_null(memory)) continue;
      if (clang_getCursorKind(memory) == CXCursor_FieldDecl) {
        judge_member(unit, findings, function, call, memory);
      } else {
        judge_allocation(unit, findings, function, call, memory);
      }
    }
  }
}

}  // namespace detaudit::rules::source
