#include "rules/source/thread_index.h"

#include <algorithm>
#include <string_view>

#include "rules/source/constant.h"
#include "rules/source/operators.h"

namespace detaudit::rules::source {
namespace {

// Which of the indices that tell threads apart are known to be of one value.
struct Fixed {
  bool thread = false, block = false;
};

bool names(const Site& site, std::string_view variable) {
  return site.kind() == CXCursor_DeclRefExpr && spelling(site.cursor()) == variable;
}

bool depends_on(const Unit& unit, Site expression, std::string_view variable) {
  return origin_of(unit.definitions(), expression,
                   [&](const Site& site) { return names(site, variable); })
      .has_value();
}

void fix(const Unit& unit, Site expression, Fixed& fixed) {
  fixed.thread |= depends_on(unit, expression, "threadIdx");
  fixed.block |= depends_on(unit, expression, "blockIdx");
}

// `condition` holds where the code is executed.
void add_condition(const Unit& unit, Site condition, Fixed& fixed) {
  const Function& function = *condition.function;
  const uint32_t index = function.stripped(condition.node);
  const Node& node = function.node(index);
  const std::vector<uint32_t> operands = function.children(index);
  if (node.kind == CXCursor_UnaryOperator && unary_operator(node) == CXUnaryOperator_LNot) {
    return fix(unit, condition.at(operands.at(0)), fixed);
  }
  if (node.kind != CXCursor_BinaryOperator || operands.size() != 2) return;
  if (binary_operator(node) == CXBinaryOperator_LAnd) {
    for (uint32_t operand : operands) add_condition(unit, condition.at(operand), fixed);
  } else if (binary_operator(node) == CXBinaryOperator_EQ) {
    for (uint32_t operand : operands) fix(unit, condition.at(operand), fixed);
  }
}

// `condition` does not hold where the code is executed: `x != 0`, `x > 0`, `x`.
void add_failed_condition(const Unit& unit, Site condition, Fixed& fixed) {
  const Function& function = *condition.function;
  const uint32_t index = function.stripped(condition.node);
  const Node& node = function.node(index);
  const std::vector<uint32_t> operands = function.children(index);
  if (node.kind == CXCursor_MemberRefExpr || node.kind == CXCursor_DeclRefExpr) {
    return fix(unit, condition, fixed);
  }
  if (node.kind != CXCursor_BinaryOperator || operands.size() != 2) return;
  const CXBinaryOperatorKind kind = binary_operator(node);
  if (kind == CXBinaryOperator_LOr) {
    for (uint32_t operand : operands) add_failed_condition(unit, condition.at(operand), fixed);
  } else if (kind == CXBinaryOperator_NE ||
             (kind == CXBinaryOperator_GT &&
              integer_constant(function.node(operands[1]).cursor) == 0)) {
    for (uint32_t operand : operands) fix(unit, condition.at(operand), fixed);
  }
}

// `return;`, alone or as the last statement of a block.
bool leaves(const Function& function, uint32_t statement) {
  if (function.node(statement).kind == CXCursor_CompoundStmt) {
    const std::vector<uint32_t> parts = function.children(statement);
    return !parts.empty() && leaves(function, parts.back());
  }
  return function.node(statement).kind == CXCursor_ReturnStmt;
}

// `if (thread != 0) return;` before the code, in one of the blocks around it.
void add_exits_before(const Unit& unit, Site block, uint32_t code, Fixed& fixed) {
  const Function& function = *block.function;
  for (const uint32_t statement : function.children(block.node)) {
    if (statement >= code) return;
    const std::vector<uint32_t> parts = function.children(statement);
    if (function.node(statement).kind == CXCursor_IfStmt && parts.size() == 2 &&
        leaves(function, parts[1])) {
      add_failed_condition(unit, block.at(parts[0]), fixed);
    }
  }
}

void add_conditions_above(const Unit& unit, Site site, Fixed& fixed) {
  const Function& function = *site.function;
  for (uint32_t below = site.node; function.node(below).parent != kNoNode;
       below = function.node(below).parent) {
    const uint32_t above = function.node(below).parent;
    if (function.node(above).kind == CXCursor_CompoundStmt) {
      add_exits_before(unit, site.at(above), below, fixed);
    }
    if (function.node(above).kind != CXCursor_IfStmt) continue;
    const std::vector<uint32_t> parts = function.children(above);
    const auto branch = std::find(parts.begin(), parts.end(), below);
    // Condition, then, else: `below` is the branch taken where the condition holds.
    if (branch == parts.begin() || branch == parts.end()) continue;
    if (clang_isExpression(function.node(*(branch - 1)).kind) != 0) {
      add_condition(unit, site.at(*(branch - 1)), fixed);
    }
  }
}

bool is_one(const Function& function, uint32_t extent) {
  bool any = false;
  for (uint32_t i = extent; i < function.node(extent).end; ++i) {
    const Node& node = function.node(i);
    if (node.kind == CXCursor_DeclRefExpr || node.kind == CXCursor_MemberRefExpr) return false;
    if (node.kind != CXCursor_IntegerLiteral) continue;
    if (integer_constant(node.cursor) != 1) return false;
    any = true;
  }
  return any;
}

// The grid's and the block's extent of a launch: `<<<1, 1>>>`.
void add_launch(const Site& use, bool& all_threads, bool& all_blocks) {
  const Function& function = *use.function;
  for (uint32_t child : function.children(use.node)) {
    const Call* configuration = function.call_at(child);
    if (configuration == nullptr || configuration->arguments.size() < 2) continue;
    if (spelling(function.node(child).cursor) != "__cudaPushCallConfiguration" &&
        spelling(function.node(child).cursor) != "cudaConfigureCall") {
      continue;
    }
    all_blocks &= is_one(function, configuration->arguments[0]);
    all_threads &= is_one(function, configuration->arguments[1]);
    return;
  }
  all_threads = all_blocks = false;
}

void add_launches(const Unit& unit, const Function& kernel, Fixed& fixed) {
  const std::vector<Site>& uses = unit.uses(kernel.cursor());
  bool all_threads = kernel.is_kernel() && !uses.empty(), all_blocks = all_threads;
  for (const Site& use : uses) add_launch(use, all_threads, all_blocks);
  fixed.thread |= all_threads;
  fixed.block |= all_blocks;
}

bool is_product_with_extent(const Unit& unit, Site product) {
  return depends_on(unit, product, "blockIdx") && depends_on(unit, product, "blockDim");
}

// `i += gridDim.x * blockDim.x`, after which an index is still one thread's.
bool is_grid_stride(const Unit& unit, Site source) {
  if (source.kind() != CXCursor_CompoundAssignOperator ||
      binary_operator(source.function->node(source.node)) != CXBinaryOperator_AddAssign) {
    return false;
  }
  const Site stride = source.at(source.function->children(source.node).at(1));
  return depends_on(unit, stride, "gridDim") && depends_on(unit, stride, "blockDim");
}

// blockIdx.x * blockDim.x + threadIdx.x, in any order, or a variable that is nothing else.
bool is_grid_index(const Unit& unit, Site expression, int depth = 0) {
  const Function& function = *expression.function;
  const uint32_t index = function.stripped(expression.node);
  const Node& node = function.node(index);
  if (node.kind == CXCursor_DeclRefExpr) {
    const CXCursor variable = base_variable(function, index);
    if (is_null(variable) || depth > 2) return false;
    std::vector<Site> sources = unit.definitions().of(variable);
    std::erase_if(sources, [&](const Site& source) { return is_grid_stride(unit, source); });
    return sources.size() == 1 && is_grid_index(unit, sources[0], depth + 1);
  }
  if (node.kind != CXCursor_BinaryOperator || binary_operator(node) != CXBinaryOperator_Add) {
    return false;
  }
  const std::vector<uint32_t> sides = function.children(index);
  for (size_t i = 0; i < 2 && sides.size() == 2; ++i) {
    const uint32_t product = function.stripped(sides[i]), thread = function.stripped(sides[1 - i]);
    if (function.node(product).kind != CXCursor_BinaryOperator ||
        binary_operator(function.node(product)) != CXBinaryOperator_Mul ||
        function.node(thread).kind != CXCursor_MemberRefExpr) {
      continue;
    }
    if (is_product_with_extent(unit, expression.at(product)) &&
        depends_on(unit, expression.at(thread), "threadIdx")) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool by_one_thread(const Unit& unit, Site site) {
  Fixed fixed;
  add_conditions_above(unit, site, fixed);
  if (fixed.thread && fixed.block) return true;
  add_launches(unit, *site.function, fixed);
  return fixed.thread && fixed.block;
}

bool to_own_element(const Unit& unit, Site site) {
  const Function& function = *site.function;
  const Call* call = function.call_at(site.node);
  if (call == nullptr || call->arguments.empty() || call->arguments[0] == kNoNode) return false;
  uint32_t address = function.stripped(call->arguments[0]);
  if (function.node(address).kind == CXCursor_UnaryOperator) {
    address = function.stripped(function.children(address).at(0));
  }
  const CXCursorKind kind = function.node(address).kind;
  const std::vector<uint32_t> parts = function.children(address);
  const bool element = kind == CXCursor_ArraySubscriptExpr || kind == CXCursor_BinaryOperator;
  return element && parts.size() == 2 && is_grid_index(unit, site.at(parts[1]));
}

}  // namespace detaudit::rules::source
