// Iterations in an order of hashes or addresses, where what is done with each element keeps the
// order.
#include <fmt/format.h>

#include <optional>

#include "rules/source/containers.h"
#include "rules/source/iteration.h"
#include "rules/source/names.h"
#include "rules/source/number_type.h"
#include "rules/source/operators.h"
#include "rules/source/order_effects.h"
#include "rules/source/rules.h"

namespace detaudit::rules::source {
namespace {

bool is_undone(const Unit& unit, const Iteration& iteration, const OrderEffect& effect) {
  return effect.kind == OrderEffect::Kind::kAppend &&
         is_sorted_later(unit, *iteration.function, effect.target);
}

void report(Findings& findings, const Iteration& iteration, uint32_t node, ContainerOrder order,
            const char* what) {
  const Function& function = *iteration.function;
  const std::string name =
      container_name(clang_getCursorType(function.node(iteration.range).cursor));
  const bool addresses = order == ContainerOrder::kAddress;
  Finding& finding =
      findings.add(addresses ? "DET220" : "DET221", Cause::kHashOrder, {&function, node});
  finding.message = fmt::format("{} in the order of a `{}`{}", what, name,
                                addresses ? " of pointers" : "");
  finding.label =
      addresses ? "addresses differ from run to run" : "the library's hash table decides the order";
  const unsigned line = place_of(function.node(iteration.node).cursor).line;
  if (line != finding.place.line) {
    finding.evidence.push_back(fmt::format("the iteration begins at line {}", line));
  }
  finding.fix = addresses
                    ? "order by an id that the program gives its objects, or keep the order of "
                      "insertion in a vector beside the container"
                    : "iterate over sorted keys, or over a vector in the order of insertion; or "
                      "sort what the loop collects";
}

// What std::copy and its like do with their third argument, where that keeps the order.
std::optional<OrderEffect> written(const Function& function, const Call& call) {
  const bool copies = call.name == "std::copy" || call.name == "std::transform" ||
                      call.name == "std::copy_if" || call.name == "std::move";
  if (!copies || call.arguments.size() < 3 || call.arguments[2] == kNoNode) return std::nullopt;
  const uint32_t out = call.arguments[2];
  const std::string type = type_name(clang_getCursorType(function.node(out).cursor));
  if (type.starts_with("std::ostream_iterator")) {
    return OrderEffect{call.node, OrderEffect::Kind::kOutput, none()};
  }
  const bool sequence = type.starts_with("std::back_insert_iterator") || type.ends_with("*") ||
                        type.starts_with("__gnu_cxx::__normal_iterator");
  const CXCursor target = base_variable(function, out);
  if (!sequence || is_null(target)) return std::nullopt;
  return OrderEffect{call.node, OrderEffect::Kind::kAppend, target};
}

// std::accumulate(c.begin(), c.end(), 0.0f), and sequences made of c.begin(), c.end().
void judge_algorithm(const Unit& unit, Findings& findings, const Iteration& walk,
                     ContainerOrder order) {
  const Function& function = *walk.function;
  const Call* call = function.call_at(walk.node);
  if (call == nullptr) return;
  const bool constructor =
      !is_null(call->callee) && clang_getCursorKind(call->callee) == CXCursor_Constructor;
  const CXType result = clang_getCursorType(function.node(walk.node).cursor);
  if (!constructor) {
    const bool sums = call->name == "std::accumulate" || call->name == "std::reduce" ||
                      call->name == "std::inner_product" || call->name == "std::transform_reduce";
    if (sums && !float_type(result).empty()) {
      report(findings, walk, walk.node, order, effect_name(OrderEffect::Kind::kFloatSum));
    } else if (const auto effect = written(function, *call)) {
      if (!is_undone(unit, walk, *effect))
        report(findings, walk, walk.node, order, effect_name(effect->kind));
    }
    return;
  }
  const std::string made = type_name(result);
  const bool sequence = made.starts_with("std::vector<") || made.starts_with("std::deque<") ||
                        made.starts_with("std::list<") || made.starts_with("std::basic_string<");
  const uint32_t variable = function.parent_of(walk.node);
  if (!sequence || variable == kNoNode) return;
  const Node& holder = function.node(variable);
  if (holder.kind == CXCursor_VarDecl &&
      is_sorted_later(unit, function, declaration(holder.cursor))) {
    return;
  }
  report(findings, walk, walk.node, order, effect_name(OrderEffect::Kind::kAppend));
}

// Whether the function asks for the number of elements, which may be one.
bool is_counted(const Function& function, CXCursor container) {
  for (const Call& call : function.calls()) {
    if (last_name(call.name) != "size") continue;
    const uint32_t above = function.parent_of(call.node);
    if (above == kNoNode || function.node(above).kind != CXCursor_BinaryOperator) continue;
    const CXBinaryOperatorKind kind = binary_operator(function.node(above));
    const bool compared = kind >= CXBinaryOperator_LT && kind <= CXBinaryOperator_NE;
    if (compared && clang_equalCursors(base_variable(function, call.node), container) != 0) {
      return true;
    }
  }
  return false;
}

// `*names.begin()`, `names.begin()->first`: whichever comes first.
void judge_first(Findings& findings, const Function& function, const Call& call) {
  if (!call.in_system || last_name(call.name) != "begin" || call.arguments.size() > 1) return;
  const std::vector<uint32_t> parts = function.children(call.node);
  if (parts.empty()) return;
  const uint32_t callee = function.stripped(parts[0]);
  const std::vector<uint32_t> object = function.children(callee);
  if (function.node(callee).kind != CXCursor_MemberRefExpr || object.empty()) return;
  const ContainerOrder order =
      container_order(clang_getCursorType(function.node(object[0]).cursor));
  if (order == ContainerOrder::kOwn) return;
  const uint32_t above = function.parent_of(call.node);
  const std::string name = above == kNoNode ? "" : spelling(function.node(above).cursor);
  if (name != "operator*" && name != "operator->") return;
  const CXCursor container = base_variable(function, object[0]);
  if (is_null(container) || is_counted(function, container)) return;
  report(findings, {&function, call.node, object[0], kNoNode, none()}, call.node, order,
         "the first element is taken");
}

}  // namespace

void element_order(const Unit& unit, Findings& findings) {
  for (const Function& function : unit.functions()) {
    for (const Call& call : function.calls()) judge_first(findings, function, call);
    for (const Iteration& iteration : iterations(function)) {
      const ContainerOrder order =
          container_order(clang_getCursorType(function.node(iteration.range).cursor));
      if (order == ContainerOrder::kOwn) continue;
      if (function.call_at(iteration.node) != nullptr) {
        judge_algorithm(unit, findings, iteration, order);
      }
      for (const OrderEffect& effect : order_effects(unit, iteration, HandedOn::kDoesNotCount)) {
        if (is_undone(unit, iteration, effect)) continue;
        report(findings, iteration, effect.node, order, effect_name(effect.kind));
      }
    }
  }
}

}  // namespace detaudit::rules::source
