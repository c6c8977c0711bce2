#include "rules/source/definitions.h"

#include <set>

#include "rules/source/operators.h"

namespace detaudit::rules::source {
namespace {

constexpr size_t kMostSteps = 4000;  // of one search

bool is_variable(CXCursorKind kind) {
  return kind == CXCursor_VarDecl || kind == CXCursor_ParmDecl || kind == CXCursor_FieldDecl ||
         kind == CXCursor_UnexposedDecl;  // structured bindings
}

// What threads exchange through an atomic object is no flow of one function's values.
bool is_atomic(CXCursor variable) {
  const CXType type = clang_getNonReferenceType(clang_getCursorType(variable));
  const CXCursor declared = clang_getTypeDeclaration(clang_getCanonicalType(type));
  // What has no name is spelled by its file's.
  return clang_Cursor_isAnonymous(declared) == 0 &&
         spelling(declared).find("atomic") != std::string::npos;
}

bool in_system_header(CXCursor cursor) {
  return clang_Location_isInSystemHeader(clang_getCursorLocation(cursor)) != 0;
}

// What is stored in one member of a union is read as another: the object counts.
bool in_union(CXCursor member) {
  return clang_getCursorKind(clang_getCursorSemanticParent(member)) == CXCursor_UnionDecl;
}

// Lambdas and their call operators are at one place.
size_t place_key(CXCursor cursor) {
  CXFile file = nullptr;
  unsigned offset = 0;
  clang_getSpellingLocation(clang_getRangeStart(clang_getCursorExtent(cursor)), &file, nullptr,
                            nullptr, &offset);
  return std::hash<void*>()(file) * 31 + offset;
}

CXCursor member_variable(const Function& function, uint32_t index) {
  const CXCursor member = clang_getCursorReferenced(function.node(index).cursor);
  const bool field = !is_null(member) && clang_getCursorKind(member) == CXCursor_FieldDecl;
  if (field && !in_system_header(member) && !in_union(member)) return declaration(member);
  const std::vector<uint32_t> object = function.children(index);
  return object.empty() ? none() : base_variable(function, object[0]);
}

CXCursor operand_variable(const Function& function, uint32_t index) {
  const std::vector<uint32_t> operands = function.children(index);
  if (operands.empty()) return none();
  return base_variable(function, operands[0]);
}

// What is asked of an object (`.data()`, `.begin()`, `operator[]`) is of it.
CXCursor object_variable(const Function& function, uint32_t index) {
  const std::vector<uint32_t> parts = function.children(index);
  if (parts.empty()) return none();
  const Node& callee = function.node(function.stripped(parts[0]));
  const std::string name = spelling(function.node(index).cursor);
  // Of an overloaded operator the object comes first, which may be a member itself.
  const bool operation = name.starts_with("operator") && spelling(callee.cursor) != name;
  if (callee.kind == CXCursor_MemberRefExpr && !operation) {
    const uint32_t member = function.stripped(parts[0]);
    const std::vector<uint32_t> object = function.children(member);
    return object.empty() ? none() : base_variable(function, object[0]);
  }
  if (operation) return base_variable(function, parts[0]);
  const bool wrapper = name == "ref" || name == "move" || name == "forward" ||
                       name == "addressof" || name == "raw_pointer_cast" || name == "begin" ||
                       name == "data" || name == "back_inserter";
  return wrapper && parts.size() > 1 ? base_variable(function, parts[1]) : none();
}

}  // namespace

CXCursor base_variable(const Function& function, uint32_t expression) {
  if (expression == kNoNode) return none();
  const uint32_t index = function.stripped(expression);
  const Node& node = function.node(index);
  switch (node.kind) {
    case CXCursor_DeclRefExpr: {
      const CXCursor variable = clang_getCursorReferenced(node.cursor);
      const bool known = !is_null(variable) && is_variable(clang_getCursorKind(variable));
      return known ? declaration(variable) : none();
    }
    case CXCursor_MemberRefExpr:
      return member_variable(function, index);
    case CXCursor_CallExpr:
      return object_variable(function, index);
    case CXCursor_ArraySubscriptExpr:
    case CXCursor_UnaryOperator:
    case CXCursor_BinaryOperator:  // pointer + offset
      return operand_variable(function, index);
    default:
      return none();
  }
}

CXCursor root_variable(const Function& function, uint32_t expression) {
  for (uint32_t index = expression; index != kNoNode;) {
    index = function.stripped(index);
    const Node& node = function.node(index);
    if (node.kind == CXCursor_DeclRefExpr) {
      const CXCursor used = clang_getCursorReferenced(node.cursor);
      return !is_null(used) && is_variable(clang_getCursorKind(used)) ? declaration(used) : none();
    }
    const std::vector<uint32_t> parts = function.children(index);
    if (parts.empty()) return none();
    index = parts[0];
  }
  return none();
}

void Definitions::add(const Function& function) {
  if (clang_getCursorKind(function.cursor()) == CXCursor_Constructor) {
    add_member_initializers(function);
  }
  for (uint32_t i = 0; i < function.nodes().size(); ++i) add_node(function, i);
  for (const Call& call : function.calls()) add_call(function, call);
}

void Definitions::add_node(const Function& function, uint32_t index) {
  switch (function.node(index).kind) {
    case CXCursor_VarDecl:
    case CXCursor_ParmDecl:  // its default
    case CXCursor_FieldDecl:
    case CXCursor_UnexposedDecl:
      return add_declaration(function, index);
    case CXCursor_CXXForRangeStmt:
      return add_range(function, index);
    case CXCursor_BinaryOperator:
    case CXCursor_CompoundAssignOperator:
    case CXCursor_CallExpr:
      return add_assignment(function, index);
    case CXCursor_LambdaExpr:
      return add_lambda(function, index);
    case CXCursor_GCCAsmStmt:
      return add_assembly(function, index);
    case CXCursor_ReturnStmt: {
      for (uint32_t above = function.node(index).parent; above != kNoNode;
           above = function.node(above).parent) {
        if (function.node(above).kind == CXCursor_LambdaExpr) return;  // that lambda's
      }
      returns_[declaration(function.cursor())].push_back({&function, index});
      return;
    }
    default:
      return;
  }
}

void Definitions::define(CXCursor variable, Site source) {
  if (!is_null(variable)) variables_[variable].push_back(source);
}

void Definitions::add_declaration(const Function& function, uint32_t index) {
  const CXCursor variable = function.node(index).cursor;
  for (uint32_t child : function.children(index)) {
    const CXCursorKind kind = function.node(child).kind;
    if (clang_isExpression(kind) != 0) define(declaration(variable), {&function, child});
    // Parts of a structured binding come from its initializer.
    if (kind == CXCursor_UnexposedDecl || kind == CXCursor_VarDecl) {
      define(declaration(function.node(child).cursor), {&function, index});
    }
  }
}

void Definitions::add_member_initializers(const Function& function) {
  CXCursor member = none();
  for (uint32_t child : function.children(0)) {
    const Node& node = function.node(child);
    if (node.kind == CXCursor_MemberRef) {
      member = declaration(clang_getCursorReferenced(node.cursor));
    } else {
      if (clang_isExpression(node.kind) != 0) define(member, {&function, child});
      member = none();
    }
  }
}

void Definitions::add_range(const Function& function, uint32_t loop) {
  CXCursor variable = none();
  for (uint32_t child : function.children(loop)) {
    const Node& node = function.node(child);
    if (node.kind == CXCursor_VarDecl || node.kind == CXCursor_UnexposedDecl) {
      variable = declaration(node.cursor);
      for (uint32_t part : function.children(child)) {
        if (function.node(part).kind == CXCursor_UnexposedDecl) {
          define(declaration(function.node(part).cursor), {&function, child});
        }
      }
    } else if (clang_isExpression(node.kind) != 0) {
      return define(variable, {&function, child});
    }
  }
}

void Definitions::add_assignment(const Function& function, uint32_t index) {
  const Assignment assignment = assignment_at(function, index);
  if (assignment.node == kNoNode) return;
  // `a += b` is arithmetic by itself.
  const uint32_t value = assignment.compound ? assignment.node : assignment.value;
  define(base_variable(function, assignment.target), {&function, value});
}

// Arguments go into parameters; and what a call can write to, gets its value from the call.
void Definitions::add_call(const Function& function, const Call& call) {
  if (is_null(call.callee)) return;
  const int parameters = clang_Cursor_getNumArguments(call.callee);
  const bool method = clang_getCursorKind(call.callee) == CXCursor_CXXMethod;
  const bool operator_call = method && call.name.find("::operator") != std::string::npos &&
                             static_cast<int>(call.arguments.size()) == parameters + 1;
  const size_t shift = operator_call ? 1 : 0;
  for (int i = 0; i < parameters; ++i) {
    const size_t at = static_cast<size_t>(i) + shift;
    if (at >= call.arguments.size() || call.arguments[at] == kNoNode) continue;
    const uint32_t argument = call.arguments[at];
    const CXCursor parameter = clang_Cursor_getArgument(call.callee, static_cast<unsigned>(i));
    define(declaration(parameter), {&function, argument});
    CXType type = clang_getCanonicalType(clang_getCursorType(parameter));
    const bool refers = type.kind == CXType_LValueReference || type.kind == CXType_Pointer;
    if (refers && clang_isConstQualifiedType(clang_getPointeeType(type)) == 0) {
      const CXCursor variable = base_variable(function, argument);
      if (!is_null(variable)) written_[variable].push_back({&function, call.node});
    }
  }
  if (!method || clang_CXXMethod_isConst(call.callee) != 0) return;
  const CXCursor object = object_variable(function, call.node);
  for (size_t i = shift; i < call.arguments.size(); ++i) {
    if (call.arguments[i] != kNoNode) define(object, {&function, call.arguments[i]});
  }
}

void Definitions::add_lambda(const Function& function, uint32_t index) {
  const Site site{&function, index};
  lambdas_.emplace(place_key(site.cursor()), site);
}

void Definitions::add_assembly(const Function& function, uint32_t index) {
  const CXCursor assembly = function.node(index).cursor;
  for (unsigned i = 0; i < clang_Cursor_getGCCAssemblyNumOutputs(assembly); ++i) {
    CXString constraint;
    CXCursor output = none();
    if (clang_Cursor_getGCCAssemblyOutput(assembly, i, &constraint, &output) == 0) continue;
    clang_disposeString(constraint);
    for (const uint32_t child : function.children(index)) {
      if (clang_hashCursor(function.node(child).cursor) == clang_hashCursor(output)) {
        define(base_variable(function, child), {&function, index});
      }
    }
  }
}

const std::vector<Site>& Definitions::of(CXCursor variable) const {
  static const Sites kNone;
  const auto found = variables_.find(declaration(variable));
  return found == variables_.end() ? kNone : found->second;
}

const std::vector<Site>& Definitions::calls_that_write(CXCursor variable) const {
  static const Sites kNone;
  const auto found = written_.find(declaration(variable));
  return found == written_.end() ? kNone : found->second;
}

const std::vector<Site>& Definitions::returns_of(CXCursor function) const {
  static const Sites kNone;
  const auto found = returns_.find(declaration(function));
  return found == returns_.end() ? kNone : found->second;
}

std::optional<Site> Definitions::lambda(CXCursor call_operator) const {
  if (spelling(call_operator) != "operator()") return std::nullopt;
  const auto found = lambdas_.find(place_key(call_operator));
  return found == lambdas_.end() ? std::nullopt : std::optional(found->second);
}

namespace {

bool is_pointer(CXCursor expression) {
  return clang_getCanonicalType(clang_getCursorType(expression)).kind == CXType_Pointer;
}

// `list.size()`: how many there are does not come from what they are.
bool counts(Site site) {
  if (site.kind() != CXCursor_CallExpr) return false;
  const Call* call = site.function->call_at(site.node);
  return call != nullptr && call->in_system && call->arguments.empty() &&
         (call->name.ends_with("::size") || call->name.ends_with("::empty") ||
          call->name.ends_with("::length"));
}

// `reinterpret_cast<float*>(number)`: what it points to does not come from the number.
bool makes_pointer(Site site) {
  const CXCursorKind kind = site.kind();
  const bool cast = kind == CXCursor_CXXReinterpretCastExpr || kind == CXCursor_CStyleCastExpr ||
                    kind == CXCursor_CXXFunctionalCastExpr;
  if (!cast || !is_pointer(site.cursor())) return false;
  const CXType made_of =
      clang_getCursorType(site.function->node(site.function->stripped(site.node)).cursor);
  const CXTypeKind type = clang_getCanonicalType(made_of).kind;
  return type >= CXType_Bool && type <= CXType_Int128;
}

class Search {
 public:
  Search(const Definitions& definitions, const NodeTest& matches, Reach reach)
      : definitions_(definitions), matches_(matches), reach_(reach) {}

  std::optional<Site> run(Site start) {
    waiting_.push_back(start);
    while (!waiting_.empty() && steps_ < kMostSteps) {
      const Site next = waiting_.front();
      waiting_.pop_front();
      if (!seen_.emplace(next.function, next.node).second) continue;
      if (const auto found = look(next)) return found;
    }
    return std::nullopt;
  }

 private:
  // The whole expression, but for the bodies of lambdas in it.
  std::optional<Site> look(Site top) {
    const Function& function = *top.function;
    for (uint32_t i = top.node; i < function.node(top.node).end; ++i) {
      if (++steps_ > kMostSteps) break;
      const Site here = top.at(i);
      if (matches_(here)) return here;
      if (counts(here) || (!reach_.made_pointers && makes_pointer(here))) {
        i = function.node(i).end - 1;
        continue;
      }
      if (here.kind() == CXCursor_LambdaExpr && i != top.node) {
        i = function.node(i).end - 1;
        continue;
      }
      follow(here);
    }
    return std::nullopt;
  }

  void follow(Site here) {
    const CXCursorKind kind = here.kind();
    if (kind == CXCursor_DeclRefExpr || kind == CXCursor_MemberRefExpr) {
      const CXCursor used = clang_getCursorReferenced(here.cursor());
      if (!is_null(used) && is_variable(clang_getCursorKind(used))) follow_variable(used, here);
    } else if (kind == CXCursor_CallExpr) {
      const Call* call = here.function->call_at(here.node);
      if (call == nullptr || is_null(call->callee)) return;
      wait(definitions_.returns_of(call->callee));
      follow_out_parameters(*call);
      if (const auto body = definitions_.lambda(call->callee)) waiting_.push_back(*body);
    }
  }

  void follow_variable(CXCursor variable, Site here) {
    if (is_atomic(variable)) return;
    const bool parameter = clang_getCursorKind(variable) == CXCursor_ParmDecl;
    for (const Site& site : definitions_.of(variable)) {
      // A lambda's or function's own assignments to its parameter are no arguments.
      if (parameter && !reach_.parameters && site.function != here.function) continue;
      waiting_.push_back(site);
    }
    if (reach_.calls_that_write) wait(definitions_.calls_that_write(variable));
  }

  // What the callee itself stores through its parameters.
  void follow_out_parameters(const Call& call) {
    const int parameters = clang_Cursor_getNumArguments(call.callee);
    for (int i = 0; i < parameters; ++i) {
      const CXCursor parameter = clang_Cursor_getArgument(call.callee, static_cast<unsigned>(i));
      for (const Site& site : definitions_.of(parameter)) {
        if (clang_equalCursors(declaration(site.function->cursor()), declaration(call.callee))) {
          waiting_.push_back(site);
        }
      }
    }
  }

  void wait(const std::vector<Site>& sites) {
    waiting_.insert(waiting_.end(), sites.begin(), sites.end());
  }

  const Definitions& definitions_;
  const NodeTest& matches_;
  Reach reach_;
  std::deque<Site> waiting_;
  std::set<std::pair<const Function*, uint32_t>> seen_;
  size_t steps_ = 0;
};

}  // namespace

std::optional<Site> origin_of(const Definitions& definitions, Site start, const NodeTest& matches,
                              Reach reach) {
  return Search(definitions, matches, reach).run(start);
}

}  // namespace detaudit::rules::source
