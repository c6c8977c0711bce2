// Compare-and-swap loops that store a sum of floats: an atomic addition in all but name. What is
// stored is followed back; arithmetic on floats with the value that is expected there makes it one.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

#include "rules/source/number_type.h"
#include "rules/source/operators.h"
#include "rules/source/rules.h"
#include "rules/source/thread_index.h"

namespace detaudit::rules::source {
namespace {

// A compare-and-swap: which of its arguments it compares with, and which it stores.
struct Swap {
  std::string_view name;
  size_t expected, desired;
  bool member;  // of an object that knows its type
};
constexpr std::array<Swap, 20> kSwaps = {{
    {"atomicCAS", 1, 2, false},
    {"atomicCAS_block", 1, 2, false},
    {"atomicCAS_system", 1, 2, false},
    {"__sync_val_compare_and_swap", 1, 2, false},
    {"__sync_bool_compare_and_swap", 1, 2, false},
    {"__atomic_compare_exchange_n", 1, 2, false},
    {"__atomic_compare_exchange", 1, 2, false},
    {"__c11_atomic_compare_exchange_weak", 1, 2, false},
    {"__c11_atomic_compare_exchange_strong", 1, 2, false},
    {"_InterlockedCompareExchange", 2, 1, false},
    {"std::atomic_compare_exchange_weak", 1, 2, false},
    {"std::atomic_compare_exchange_strong", 1, 2, false},
    {"std::atomic_compare_exchange_weak_explicit", 1, 2, false},
    {"std::atomic_compare_exchange_strong_explicit", 1, 2, false},
    {"compare_exchange_weak", 0, 1, true},
    {"compare_exchange_strong", 0, 1, true},
    {"cuda::std::atomic_compare_exchange_weak", 1, 2, false},
    {"cuda::std::atomic_compare_exchange_strong", 1, 2, false},
    {"cuda::std::atomic_compare_exchange_weak_explicit", 1, 2, false},
    {"cuda::std::atomic_compare_exchange_strong_explicit", 1, 2, false},
}};

constexpr std::array<std::string_view, 18> kArithmetic = {
    "fma",      "fmaf",     "__fadd_rn", "__fadd_rz", "__dadd_rn", "__fmaf_rn",
    "__fsub_rn", "__fmul_rn", "__dmul_rn", "__hadd",    "__hadd2",   "__hsub",
    "__hsub2",  "__hmul",   "__hmul2",   "__hfma",    "__hfma2",   "__dsub_rn"};

const Swap* swap_of(const Call& call) {
  if (!call.in_system && !call.name.starts_with("__")) return nullptr;
  const std::string_view last = std::string_view(call.name).substr(
      call.name.rfind("::") == std::string::npos ? 0 : call.name.rfind("::") + 2);
  const auto found = std::find_if(kSwaps.begin(), kSwaps.end(), [&](const Swap& swap) {
    return swap.member ? call.name.find("atomic") != std::string::npos && last == swap.name
                       : call.name == swap.name;
  });
  return found == kSwaps.end() ? nullptr : &*found;
}

bool is_arithmetic_operator(CXBinaryOperatorKind kind) {
  return kind == CXBinaryOperator_Add || kind == CXBinaryOperator_Sub ||
         kind == CXBinaryOperator_Mul || kind == CXBinaryOperator_Div ||
         (kind >= CXBinaryOperator_MulAssign && kind <= CXBinaryOperator_SubAssign &&
          kind != CXBinaryOperator_RemAssign);
}

bool is_arithmetic_call(const Site& site) {
  const Call* call = site.function->call_at(site.node);
  if (call == nullptr) return false;
  if (std::find(kArithmetic.begin(), kArithmetic.end(), call->name) != kArithmetic.end()) return true;
  const std::string name = spelling(site.cursor());  // of half and complex numbers
  return name == "operator+" || name == "operator-" || name == "operator*" ||
         name == "operator/" || name == "operator+=" || name == "operator-=" ||
         name == "operator*=";
}

// The type of floating-point arithmetic at a node, or empty.
std::string arithmetic_type(const Site& site) {
  const bool operation =
      site.kind() == CXCursor_BinaryOperator || site.kind() == CXCursor_CompoundAssignOperator;
  if (operation ? !is_arithmetic_operator(binary_operator(site.function->node(site.node)))
                : !is_arithmetic_call(site)) {
    return "";
  }
  return float_type(clang_getCursorType(site.cursor()));
}

bool uses(const Unit& unit, const Site& expression, CXCursor variable) {
  return origin_of(unit.definitions(), expression, [&](const Site& site) {
           return site.kind() == CXCursor_DeclRefExpr &&
                  clang_equalCursors(base_variable(*site.function, site.node), variable) != 0;
         }).has_value();
}

// A compare-and-swap in a function's tree.
struct Attempt {
  uint32_t node, expected, desired;
};

// GCC's generic builtins, and C's functions that are made of them, are no calls to libclang: their parts
// are the address, an order, what is expected, an order, what is stored.
std::optional<Attempt> builtin_attempt(const Unit& unit, const Function& function, uint32_t index) {
  const Node& node = function.node(index);
  if (node.kind != CXCursor_UnexposedExpr) return std::nullopt;
  const std::vector<uint32_t> parts = function.children(index);
  if (parts.size() < 5) return std::nullopt;
  const std::string name = first_token(unit.translation_unit(), node.cursor);
  if (name.find("atomic_compare_exchange") == std::string::npos) return std::nullopt;
  return Attempt{index, parts[2], parts[4]};
}

std::optional<Attempt> called_attempt(const Call& call) {
  const Swap* swap = swap_of(call);
  if (swap == nullptr || call.arguments.size() <= std::max(swap->expected, swap->desired)) {
    return std::nullopt;
  }
  const Attempt attempt{call.node, call.arguments[swap->expected], call.arguments[swap->desired]};
  const bool whole = attempt.expected != kNoNode && attempt.desired != kNoNode;
  return whole ? std::optional(attempt) : std::nullopt;
}

// The type in which the loop adds, or empty.
std::string added_type(const Unit& unit, const Function& function, const Attempt& attempt) {
  const CXCursor old = base_variable(function, attempt.expected);
  if (is_null(old)) return "";
  std::string type;
  origin_of(unit.definitions(), {&function, attempt.desired}, [&](const Site& site) {
    if (!type.empty()) return true;
    const std::string found = arithmetic_type(site);
    if (!found.empty() && uses(unit, site, old)) type = found;
    return !type.empty();
  });
  return type;
}

bool in_loop(const Function& function, uint32_t node) {
  for (uint32_t at = node; at != kNoNode; at = function.node(at).parent) {
    const CXCursorKind kind = function.node(at).kind;
    if (kind == CXCursor_WhileStmt || kind == CXCursor_DoStmt || kind == CXCursor_ForStmt ||
        kind == CXCursor_GotoStmt) {
      return true;
    }
  }
  return false;
}

void judge(const Unit& unit, Findings& findings, const Function& function, const Attempt& attempt) {
  if (!in_loop(function, attempt.node)) return;
  const std::string type = added_type(unit, function, attempt);
  const Site site{&function, attempt.node};
  if (type.empty() || by_one_thread(unit, site)) return;
  Finding& finding = findings.add("DET202", Cause::kFloatAtomics, site);
  finding.message =
      fmt::format("a compare-and-swap loop around `{}` arithmetic adds in no fixed order", type);
  finding.label = "whoever swaps first is rounded first";
  finding.fix =
      "give every output one owner that adds in a fixed order, or store partial sums by index "
      "and fold them in index order";
}

}  // namespace

void swap_loops(const Unit& unit, Findings& findings) {
  for (const Function& function : unit.functions()) {
    for (const Call& call : function.calls()) {
      if (const auto attempt = called_attempt(call)) judge(unit, findings, function, *attempt);
    }
    for (uint32_t i = 1; i < function.nodes().size(); ++i) {
      if (const auto attempt = builtin_attempt(unit, function, i)) {
        judge(unit, findings, function, *attempt);
      }
    }
  }
}

}  // namespace detaudit::rules::source
