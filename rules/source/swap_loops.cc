// Compare-and-swap loops that store a sum of floats: an atomic addition in all but name. What is
// stored is followed back; arithmetic on floats with the value that is expected there makes it one.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

#include "rules/source/operation.h"
#include "rules/source/operators.h"
#include "rules/source/replacement.h"
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

// `__sync_val_compare_and_swap_4` is what clang makes of it for a type of four bytes.
std::string_view without_size(std::string_view name) {
  if (!name.starts_with("__sync_")) return name;
  const size_t end = name.find_last_not_of("0123456789");
  return end != name.npos && name[end] == '_' ? name.substr(0, end) : name;
}

const Swap* swap_of(const Call& call) {
  if (!call.in_system && !call.name.starts_with("__")) return nullptr;
  const std::string_view name = without_size(call.name);
  const std::string_view last =
      name.substr(name.rfind("::") == name.npos ? 0 : name.rfind("::") + 2);
  const auto found = std::find_if(kSwaps.begin(), kSwaps.end(), [&](const Swap& swap) {
    return swap.member ? name.find("atomic") != name.npos && last == swap.name : name == swap.name;
  });
  return found == kSwaps.end() ? nullptr : &*found;
}

bool uses(const Unit& unit, const Site& expression, CXCursor variable) {
  return origin_of(unit.definitions(), expression, [&](const Site& site) {
           return site.kind() == CXCursor_DeclRefExpr &&
                  clang_equalCursors(base_variable(*site.function, site.node), variable) != 0;
         }).has_value();
}

// A compare-and-swap in a function's tree.
struct Attempt {
  uint32_t node, object, expected, desired;
};

// GCC's generic builtins, and C's functions that are made of them, are no calls to libclang: their
// parts are the address, an order, what is expected, an order, what is stored.
std::optional<Attempt> builtin_attempt(const Unit& unit, const Function& function, uint32_t index) {
  const Node& node = function.node(index);
  if (node.kind != CXCursor_UnexposedExpr) return std::nullopt;
  const std::vector<uint32_t> parts = function.children(index);
  if (parts.size() < 5) return std::nullopt;
  const std::string name = first_token(unit.translation_unit(), node.cursor);
  if (name.find("atomic_compare_exchange") == std::string::npos) return std::nullopt;
  return Attempt{index, parts[0], parts[2], parts[4]};
}

// What is swapped: of a member's call the object before its name.
uint32_t object_of(const Function& function, const Call& call, const Swap& swap) {
  if (!swap.member) return call.arguments.at(0);
  const std::vector<uint32_t> parts = function.children(call.node);
  if (parts.empty()) return kNoNode;
  const std::vector<uint32_t> object = function.children(function.stripped(parts[0]));
  return object.empty() ? kNoNode : object[0];
}

std::optional<Attempt> called_attempt(const Function& function, const Call& call) {
  const Swap* swap = swap_of(call);
  if (swap == nullptr || call.arguments.size() <= std::max(swap->expected, swap->desired)) {
    return std::nullopt;
  }
  const Attempt attempt{call.node, object_of(function, call, *swap),
                        call.arguments[swap->expected], call.arguments[swap->desired]};
  const bool whole = attempt.expected != kNoNode && attempt.desired != kNoNode;
  return whole ? std::optional(attempt) : std::nullopt;
}

// The loop's arithmetic, and none where it has none with the value that it expects.
std::optional<Site> arithmetic(const Unit& unit, const Function& function,
                               const Attempt& attempt) {
  const CXCursor old = base_variable(function, attempt.expected);
  if (is_null(old)) return std::nullopt;
  return origin_of(
      unit.definitions(), {&function, attempt.desired},
      [&](const Site& site) { return !arithmetic_type(site).empty() && uses(unit, site, old); },
      {false, true});  // what callers pass is there before the loop
}

// A sum, and no product.
bool adds(const Site& site) {
  const Node& node = site.function->node(site.node);
  if (site.kind() != CXCursor_BinaryOperator && site.kind() != CXCursor_CompoundAssignOperator) {
    return spelling(site.cursor()).find("add") != std::string::npos;
  }
  const CXBinaryOperatorKind kind = binary_operator(node);
  return kind == CXBinaryOperator_Add || kind == CXBinaryOperator_Sub ||
         kind == CXBinaryOperator_AddAssign || kind == CXBinaryOperator_SubAssign;
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
  const auto sum = arithmetic(unit, function, attempt);
  const Site site{&function, attempt.node};
  if (!sum || by_one_thread(unit, site)) return;
  const std::string type = arithmetic_type(*sum);
  Finding& finding = findings.add("DET202", Cause::kFloatAtomics, site);
  finding.message =
      fmt::format("a compare-and-swap loop around `{}` arithmetic adds in no fixed order", type);
  finding.label = "whoever swaps first is rounded first";
  finding.fix =
      "give every output one owner that adds in a fixed order, or store partial sums by index "
      "and fold them in index order";
  if (adds(*sum) && attempt.object != kNoNode) {
    finding.replacement = addition_replacement(unit, site.at(attempt.object), type);
  }
}

}  // namespace

void swap_loops(const Unit& unit, Findings& findings) {
  for (const Function& function : unit.functions()) {
    for (const Call& call : function.calls()) {
      if (const auto attempt = called_attempt(function, call)) {
        judge(unit, findings, function, *attempt);
      }
    }
    for (uint32_t i = 1; i < function.nodes().size(); ++i) {
      if (const auto attempt = builtin_attempt(unit, function, i)) {
        judge(unit, findings, function, *attempt);
      }
    }
  }
}

}  // namespace detaudit::rules::source
