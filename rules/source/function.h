#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rules/source/cursor.h"

namespace detaudit::rules::source {

inline constexpr uint32_t kNoNode = UINT32_MAX;

// One cursor of a function's tree, in pre-order: its subtree are the nodes up to `end`.
struct Node {
  CXCursor cursor;
  CXCursorKind kind;
  uint32_t parent;
  uint32_t end;
};

// A call in a function's tree, of operators and constructors too.
struct Call {
  uint32_t node;
  CXCursor callee;   // null where a template's arguments decide it
  std::string name;  // the callee's, qualified; of a callee not yet known, that of its candidates
  std::vector<uint32_t> arguments;  // kNoNode: by default, or not in the tree
  bool in_system;                   // the callee is declared in a system header
};

// Code that is judged together: a function with its lambdas, an instantiation of a function
// template, or the initializer of a variable or member outside of functions. A template's own body
// is there too: what does not depend on its arguments is known in it.
class Function {
 public:
  explicit Function(CXCursor cursor);

  CXCursor cursor() const { return nodes_.front().cursor; }
  const std::string& name() const {
    return name_;
  }  // "scatter(float *, int)", with arguments of templates
  bool is_kernel() const { return kernel_; }
  bool on_device() const { return kernel_ || device_; }
  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& node(uint32_t index) const { return nodes_[index]; }
  const std::vector<Call>& calls() const { return calls_; }
  const Call* call_at(uint32_t node) const;  // null where the node is no call

  std::vector<uint32_t> children(uint32_t node) const;
  // The nearest node above that means something: no parenthesis, cast or other wrapping.
  uint32_t parent_of(uint32_t node) const;
  // The same downwards: the expression within parentheses, casts and other wrapping.
  uint32_t stripped(uint32_t node) const;

 private:
  void add_tree(CXCursor cursor);
  void add_call(uint32_t node);

  std::string name_;
  bool kernel_ = false, device_ = false;
  std::vector<Node> nodes_;
  std::vector<Call> calls_;
};

}  // namespace detaudit::rules::source
