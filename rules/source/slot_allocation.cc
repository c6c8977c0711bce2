// Slots of an array that are drawn from an atomic counter: which element gets which follows the
// schedule. What a counter hands out as work (`out[i] = f(in[i])`) lands in the same place whoever
// does it, and is no hazard: what is stored must not descend from the slot's number.
#include <fmt/format.h>

#include <array>
#include <string_view>

#include "rules/source/names.h"
#include "rules/source/operators.h"
#include "rules/source/rules.h"
#include "rules/source/thread_index.h"

namespace detaudit::rules::source {
namespace {

constexpr std::array<std::string_view, 7> kDeviceCounters = {
    "atomicAdd", "atomicAdd_block", "atomicAdd_system", "atomicInc",
    "atomicSub", "atomicDec",       "atomicAggInc"};
constexpr std::array<std::string_view, 9> kMembers = {
    "fetch_add",  "fetch_sub",        "operator++",
    "operator--", "operator+=",       "operator-=",
    "add_fetch",  "atomic_fetch_add", "atomic_fetch_add_explicit"};

// A call that draws from an atomic counter.
bool draws(const Site& site) {
  const Call* call = site.function->call_at(site.node);
  if (call == nullptr || !call->in_system || is_null(call->callee)) return false;
  if (contains(kDeviceCounters, call->name)) return true;
  return call->name.find("atomic") != std::string::npos &&
         contains(kMembers, spelling(call->callee));
}

// Where the address of a store is computed: subscripts and offsets, but not what is pointed to.
std::vector<uint32_t> indices(const Function& function, uint32_t target) {
  std::vector<uint32_t> found;
  for (uint32_t i = target; i < function.node(target).end; ++i) {
    const Node& node = function.node(i);
    const std::vector<uint32_t> parts = function.children(i);
    if (node.kind == CXCursor_ArraySubscriptExpr && parts.size() == 2) found.push_back(parts[1]);
    const bool offset =
        node.kind == CXCursor_BinaryOperator && parts.size() == 2 &&
        clang_getCanonicalType(clang_getCursorType(node.cursor)).kind == CXType_Pointer;
    if (offset) found.push_back(parts[1]);
    if (node.kind == CXCursor_CallExpr && spelling(node.cursor) == "operator[]" &&
        parts.size() == 3) {
      found.push_back(parts[2]);
    } else if (node.kind == CXCursor_CallExpr && spelling(node.cursor) == "at" &&
               parts.size() == 2) {
      found.push_back(parts[1]);
    }
  }
  return found;
}

// The same through `Hit& slot = out[index]` and `Hit* slot = out + index`, which the target is or
// points to.
std::vector<Site> all_indices(const Unit& unit, const Function& function, uint32_t target) {
  std::vector<Site> found;
  for (const uint32_t index : indices(function, target)) found.push_back({&function, index});
  const CXCursor variable = base_variable(function, target);
  if (is_null(variable) || clang_getCursorKind(variable) != CXCursor_VarDecl) return found;
  const CXTypeKind kind = clang_getCanonicalType(clang_getCursorType(variable)).kind;
  if (kind != CXType_LValueReference && kind != CXType_Pointer) return found;
  for (const Site& source : unit.definitions().of(variable)) {
    if (source.function != &function || source.node >= target)
      continue;  // what it is given, not what goes into it
    for (const uint32_t index : indices(function, source.node)) found.push_back({&function, index});
  }
  return found;
}

bool is_whole(const Site& value) {
  const CXTypeKind kind =
      clang_getCanonicalType(clang_getNonReferenceType(clang_getCursorType(value.cursor()))).kind;
  return kind >= CXType_Bool && kind <= CXType_Int128;
}

// The draw that an index comes from: here, in a function that is called for it, or in one that
// calls this one with it. What others hand to a function that both call, as one that prints, is no
// way.
std::optional<Site> draw_of(const Unit& unit, const Site& index) {
  const Reach here{false};
  if (const auto drawn = origin_of(unit.definitions(), index, draws, here)) return drawn;
  const auto drawn = origin_of(unit.definitions(), index, draws);
  if (!drawn) return std::nullopt;
  for (const Site& use : unit.uses(index.function->cursor())) {
    const Call* call = use.function->call_at(use.node);
    if (call == nullptr || use.function != drawn->function) continue;
    for (const uint32_t argument : call->arguments) {
      if (argument == kNoNode || !is_whole(use.at(argument))) continue;
      if (const auto given = origin_of(unit.definitions(), use.at(argument), draws, here)) {
        return given;
      }
    }
  }
  return std::nullopt;
}

bool same(const Site& a, const Site& b) { return a.function == b.function && a.node == b.node; }

}  // namespace

void slot_allocation(const Unit& unit, Findings& findings) {
  for (const Function& function : unit.functions()) {
    for (uint32_t i = 1; i < function.nodes().size(); ++i) {
      const Assignment store = assignment_at(function, i);
      if (store.node == kNoNode || store.compound) continue;
      for (const Site& index : all_indices(unit, function, store.target)) {
        const auto drawn = draw_of(unit, index);
        if (!drawn || by_one_thread(unit, {&function, i})) continue;
        const bool own_work =
            origin_of(unit.definitions(), {&function, store.value}, [&](const Site& site) {
              return same(site, *drawn);
            }).has_value();
        if (own_work) continue;
        Finding& finding = findings.add("DET208", Cause::kThreadScheduling, *drawn);
        finding.message = "an atomic counter decides which element gets which place";
        finding.label = "who draws first is up to the schedule";
        finding.evidence.push_back(fmt::format("its value is the index of a store at line {}",
                                               place_of(function.node(i).cursor).line));
        finding.fix =
            "compute places by a prefix sum over the elements, or sort the list afterwards by "
            "a key of its elements";
      }
    }
  }
}

}  // namespace detaudit::rules::source
