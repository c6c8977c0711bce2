#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "rules/source/function.h"

namespace detaudit::rules::source {

// A node of a function.
struct Site {
  const Function* function;
  uint32_t node;

  CXCursor cursor() const { return function->node(node).cursor; }
  CXCursorKind kind() const { return function->node(node).kind; }
  Site at(uint32_t other) const { return {function, other}; }
};

// The variable, parameter or member that an expression is, points into or is an element of; null
// where there is none. Members of types of system headers (`time.tv_sec`) and of unions
// count as their object.
CXCursor base_variable(const Function& function, uint32_t expression);

// The variable or parameter at the root of `a.b->c[i]`: the whole object.
CXCursor root_variable(const Function& function, uint32_t expression);

// Which expressions may have given a variable, parameter or member its value: initializers,
// assignments, arguments of its own members' calls, and for a parameter the arguments of its
// function's calls. No order and no condition is looked at: more than can be, never less in plain
// code.
class Definitions {
 public:
  void add(const Function& function);

  const std::vector<Site>& of(CXCursor variable) const;
  // Calls that may have stored a value in it through a pointer or reference.
  const std::vector<Site>& calls_that_write(CXCursor variable) const;
  // What a function's call may give: its `return` expressions. Lambdas too.
  const std::vector<Site>& returns_of(CXCursor function) const;
  // The body of a lambda whose call operator this is.
  std::optional<Site> lambda(CXCursor call_operator) const;

 private:
  void add_node(const Function& function, uint32_t node);
  void add_declaration(const Function& function, uint32_t node);
  void add_member_initializers(const Function& function);
  void add_range(const Function& function, uint32_t loop);
  void add_assignment(const Function& function, uint32_t node);
  void add_call(const Function& function, const Call& call);
  void add_lambda(const Function& function, uint32_t node);
  void add_assembly(const Function& function, uint32_t node);
  void define(CXCursor variable, Site source);

  using Sites = std::vector<Site>;
  std::unordered_map<CXCursor, Sites, CursorHash, CursorEqual> variables_;
  std::unordered_map<CXCursor, Sites, CursorHash, CursorEqual> written_;
  std::unordered_map<CXCursor, Sites, CursorHash, CursorEqual> returns_;
  std::unordered_map<size_t, Site> lambdas_;  // by their place
};

// The first node that `matches` among those from which the value of `start` may come, itself
// included: through variables, parameters, members and the functions that are called.
using NodeTest = std::function<bool(Site)>;
struct Reach {
  bool parameters = true;  // on to the arguments of a function's calls
  bool calls_that_write = true;
  bool made_pointers = true;  // into the number that a pointer is made of
};
std::optional<Site> origin_of(const Definitions& definitions, Site start, const NodeTest& matches,
                              Reach reach = {});

}  // namespace detaudit::rules::source
