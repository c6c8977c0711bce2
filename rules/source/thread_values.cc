#include "rules/source/thread_values.h"

#include <algorithm>
#include <string>

#include "rules/source/names.h"
#include "rules/source/operators.h"
#include "rules/source/value_sources.h"

namespace detaudit::rules::source {
namespace {

constexpr int kDeepest = 6;

bool declares(const Function& function, uint32_t top, CXCursor variable) {
  if (top == kNoNode) return false;
  for (uint32_t i = top; i < function.node(top).end; ++i) {
    const CXCursorKind kind = function.node(i).kind;
    const bool declared =
        kind == CXCursor_VarDecl || kind == CXCursor_ParmDecl || kind == CXCursor_UnexposedDecl;
    if (declared && clang_equalCursors(declaration(function.node(i).cursor), variable) != 0) {
      return true;
    }
  }
  return false;
}

bool leads_on(CXType type) {
  type = clang_getCanonicalType(type);
  return type.kind == CXType_Pointer || type.kind == CXType_LValueReference ||
         type.kind == CXType_RValueReference;
}

CXTypeKind kind_of(CXCursor cursor) {
  return clang_getCanonicalType(clang_getCursorType(cursor)).kind;
}

bool is_subscript(const Function& function, uint32_t node) {
  const CXCursorKind kind = function.node(node).kind;
  const std::string name = spelling(function.node(node).cursor);
  return kind == CXCursor_ArraySubscriptExpr ||
         (kind == CXCursor_CallExpr && (name == "operator[]" || name == "at"));
}

// `x` of `x[i]`, `*x`, `x->`, `x.at(i)`, `x.get()`.
uint32_t object_of(const Function& function, uint32_t node) {
  const std::vector<uint32_t> parts = function.children(node);
  if (parts.empty()) return kNoNode;
  const uint32_t first = function.stripped(parts[0]);
  const bool method =
      function.node(first).kind == CXCursor_MemberRefExpr &&
      is_function(clang_getCursorKind(clang_getCursorReferenced(function.node(first).cursor)));
  if (!method) return parts[0];
  const std::vector<uint32_t> object = function.children(first);
  return object.empty() ? first : object[0];
}

// A member that keeps what its object is given: `out_(&out)`.
bool is_handed_in(const Unit& unit, CXCursor member) {
  const std::vector<Site>& sources = unit.definitions().of(member);
  return std::any_of(sources.begin(), sources.end(), [](const Site& site) {
    const CXCursor given = base_variable(*site.function, site.node);
    return kind_of(site.cursor()) == CXType_Pointer && !is_null(given) &&
           clang_getCursorKind(given) == CXCursor_ParmDecl;
  });
}

bool gives_value(const Call& call) {
  if (is_null(call.callee)) return false;
  return clang_getCursorKind(call.callee) == CXCursor_Constructor ||
         !leads_on(clang_getCursorResultType(call.callee));
}

// The lambda around a node, or its whole function.
Site code_around(Site site) {
  for (uint32_t at = site.node; at != kNoNode; at = site.function->node(at).parent) {
    if (site.function->node(at).kind == CXCursor_LambdaExpr) return site.at(at);
  }
  return site.at(0);
}

bool compares(const Function& function, uint32_t node) {
  const CXBinaryOperatorKind kind = binary_operator(function.node(node));
  const std::string name = spelling(function.node(node).cursor);
  return kind == CXBinaryOperator_EQ || kind == CXBinaryOperator_NE || name == "operator==" ||
         name == "operator!=";
}

}  // namespace

bool ThreadValues::is_of_launched_code(CXCursor parameter) const {
  const Function& function = *launch_.code.function;
  const std::vector<uint32_t> parts = function.children(launch_.code.node);
  return std::any_of(parts.begin(), parts.end(), [&](uint32_t part) {
    return function.node(part).kind == CXCursor_ParmDecl &&
           clang_equalCursors(declaration(function.node(part).cursor), parameter) != 0;
  });
}

// Made anew for each thread: within the loop that starts them, outside of their code.
bool ThreadValues::is_of_loop(CXCursor variable) const {
  if (launch_.loop == kNoNode) return false;
  const Function& function = *launch_.at.function;
  const bool in_code = launch_.code.function == &function && launch_.code.node != 0 &&
                       declares(function, launch_.code.node, variable);
  return !in_code && declares(function, launch_.loop, variable);
}

// What the launch hands over for a parameter of the code: not known, it is taken for the thread's.
bool ThreadValues::is_own_argument(CXCursor parameter, int depth) const {
  const Function& code = *launch_.code.function;
  size_t at = 0;
  for (const uint32_t part : code.children(launch_.code.node)) {
    if (code.node(part).kind != CXCursor_ParmDecl) continue;
    if (clang_equalCursors(declaration(code.node(part).cursor), parameter) != 0) break;
    ++at;
  }
  // A member function's object comes first.
  if (clang_getCursorKind(code.node(launch_.code.node).cursor) == CXCursor_CXXMethod &&
      launch_.arguments.size() > at) {
    ++at;
  }
  if (launch_.arguments.empty()) return true;
  if (at >= launch_.arguments.size() || launch_.arguments[at] == kNoNode) return false;
  const Function& function = *launch_.at.function;
  for (uint32_t i = launch_.arguments[at]; i < function.node(launch_.arguments[at]).end; ++i) {
    const CXCursorKind kind = function.node(i).kind;
    if (kind == CXCursor_IntegerLiteral && launch_.loop == kNoNode) return true;
    if (kind == CXCursor_DeclRefExpr &&
        is_own_variable(base_variable(function, i), launch_.at.at(i), depth + 1)) {
      return true;
    }
  }
  return false;
}

bool ThreadValues::is_own_variable(CXCursor variable, Site name, int depth) const {
  if (is_null(variable) || depth > kDeepest) return false;
  if (clang_getCursorTLSKind(variable) != CXTLS_None || is_of_loop(variable)) return true;
  if (clang_getCursorKind(variable) == CXCursor_ParmDecl && is_of_launched_code(variable)) {
    return is_own_argument(variable, depth);
  }
  if (clang_getCursorKind(variable) == CXCursor_FieldDecl) return false;
  const std::vector<Site>& sources = unit_.definitions().of(variable);
  return !sources.empty() && std::all_of(sources.begin(), sources.end(), [&](const Site& site) {
    // `i += step` says nothing of where `i` began.
    return is_own(site, depth + 1) || assignment_at(*site.function, site.node).compound;
  }) && std::any_of(sources.begin(), sources.end(), [&](const Site& site) {
    return !(site.function == name.function && site.node == name.node) && is_own(site, depth + 1);
  });
}

bool ThreadValues::is_own(Site expression, int depth) const {
  if (depth > kDeepest) return false;
  const Function& function = *expression.function;
  const uint32_t index = function.stripped(expression.node);
  const Node& node = function.node(index);
  const std::vector<uint32_t> parts = function.children(index);
  if (identity_read({&function, index})) return true;
  switch (node.kind) {
    case CXCursor_DeclRefExpr:
      return is_own_variable(base_variable(function, index), {&function, index}, depth);
    case CXCursor_MemberRefExpr:
      return !parts.empty() && is_own({&function, parts[0]}, depth + 1);
    case CXCursor_UnaryOperator:
      return !parts.empty() && is_own({&function, parts[0]}, depth + 1);
    case CXCursor_BinaryOperator:
      return std::any_of(parts.begin(), parts.end(), [&](uint32_t part) {
        return is_own({&function, part}, depth + 1);
      });
    case CXCursor_CallExpr: {
      const Call* call = function.call_at(index);
      if (call != nullptr && call->name == "omp_get_thread_num") return true;
      if (is_subscript(function, index) || (call != nullptr && !call->arguments.empty())) {
        return false;
      }
      const uint32_t object = object_of(function, index);  // `range.begin()`
      return object != kNoNode && is_own({&function, object}, depth + 1);
    }
    default:
      return false;
  }
}

bool ThreadValues::is_shared(Site target, Site code, bool own_object) const {
  return is_shared_at(target, code, own_object, 0);
}

bool ThreadValues::is_shared_at(Site target, Site code, bool own_object, int depth) const {
  if (depth > kDeepest) return false;
  const Function& function = *target.function;
  bool led = kind_of(target.cursor()) == CXType_Pointer;  // through one
  for (uint32_t at = target.node; at != kNoNode;) {
    at = function.stripped(at);
    const Node& node = function.node(at);
    const std::vector<uint32_t> parts = function.children(at);
    switch (node.kind) {
      case CXCursor_DeclRefExpr:
        return is_shared_variable(target.at(at), code, led, depth);
      case CXCursor_CXXThisExpr:
        return !own_object;
      case CXCursor_MemberRefExpr: {
        const CXCursor member = clang_getCursorReferenced(node.cursor);
        if (is_null(member)) return true;
        const CXTypeKind type = kind_of(member);
        // Where a member leads is not the object's, but for what it has made itself.
        if (type == CXType_LValueReference) return true;
        if (led && type == CXType_Pointer) return !own_object || is_handed_in(unit_, member);
        if (parts.empty()) return !own_object;  // of the object whose method this is
        const CXType object =
            clang_getCursorType(function.node(function.stripped(parts[0])).cursor);
        led = clang_getCanonicalType(object).kind == CXType_Pointer;
        at = parts[0];
        break;
      }
      case CXCursor_ArraySubscriptExpr:
      case CXCursor_BinaryOperator:
        if (parts.size() != 2) return false;
        if (is_own(target.at(parts[1]))) return false;
        led = true;
        at = parts[0];
        break;
      case CXCursor_UnaryOperator:
        if (parts.empty()) return false;
        led |= unary_operator(node) == CXUnaryOperator_Deref;
        at = parts[0];
        break;
      case CXCursor_CallExpr: {
        const Call* call = function.call_at(at);
        if (is_subscript(function, at) && is_own(target.at(parts.back()))) return false;
        const std::string name = spelling(node.cursor);
        const bool looks_through = is_subscript(function, at) || name == "operator*" ||
                                   name == "operator->" || name == "operator<<" || name == "get" ||
                                   name == "value";
        if (call != nullptr && gives_value(*call)) return false;  // made here
        // `state().total`, `std::get<0>(x)`: whose it is, is not known.
        if (!looks_through || call == nullptr) return true;
        led = true;
        at = object_of(function, at);
        break;
      }
      default:
        return false;
    }
  }
  return false;
}

bool ThreadValues::is_shared_variable(Site name, Site code, bool led, int depth) const {
  const CXCursor variable = base_variable(*name.function, name.node);
  if (is_null(variable) || clang_getCursorTLSKind(variable) != CXTLS_None) return false;
  const CXCursorKind kind = clang_getCursorKind(variable);
  if (kind == CXCursor_ParmDecl) {
    if (is_of_launched_code(variable)) {
      if (!leads_on(clang_getCursorType(variable))) return false;
      // A lambda's are its elements; what a function was bound to, others may have too.
      if (launch_.arguments.empty()) return launch_.code.node == 0;
      return !is_own_argument(variable, depth);
    }
    if (is_of_loop(variable)) return false;
    const bool here = declares(*code.function, code.node, variable);
    if (!here) return true;  // of the function that starts the threads
    if (!leads_on(clang_getCursorType(variable)) && !led) return false;
    // Of a call's arguments one that is shared is enough; not known, the lock says so.
    std::vector<Site> given = unit_.definitions().of(variable);
    std::erase_if(given, [&](const Site& site) {  // its own assignments
      return site.function == code.function && site.node >= code.node &&
             site.node < code.function->node(code.node).end;
    });
    return given.empty() || std::any_of(given.begin(), given.end(), [&](const Site& site) {
             return is_shared_at(site, code_around(site), false, depth + 1);
           });
  }
  if (kind != CXCursor_VarDecl) return false;
  const CX_StorageClass storage = clang_Cursor_getStorageClass(variable);
  if (storage == CX_SC_Static || storage == CX_SC_Extern) return true;
  const CXCursor holder = clang_getCursorSemanticParent(variable);
  if (!is_function(clang_getCursorKind(holder))) return true;  // of a namespace or a class
  const bool own = is_of_loop(variable) || declares(*code.function, code.node, variable) ||
                   (launch_.code.function == name.function &&
                    declares(*name.function, launch_.code.node, variable));
  if (!own) return true;
  const CXType type = clang_getCursorType(variable);
  const bool follows =
      clang_getCanonicalType(type).kind == CXType_LValueReference || (leads_on(type) && led);
  const std::vector<Site>& made = unit_.definitions().of(variable);
  // A reference to each element of a range that starts a thread for each is one's own.
  if (!follows || made.empty()) return false;
  const uint32_t above = made[0].function->node(made[0].node).parent;
  const bool of_range =
      above != kNoNode && made[0].function->node(above).kind == CXCursor_CXXForRangeStmt;
  return !(of_range && is_of_loop(variable)) && is_shared_at(made[0], code, false, depth + 1);
}

bool ThreadValues::waits_for_turn(Site site, Site code) const {
  const Function& function = *site.function;
  const uint32_t top = code.function == &function ? code.node : 0;
  for (uint32_t i = top; i < site.node; ++i) {
    const CXCursorKind kind = function.node(i).kind;
    const Call* call = function.call_at(i);
    const bool waits = call != nullptr && last_name(call->name).starts_with("wait");
    if (kind != CXCursor_WhileStmt && !waits) continue;
    const uint32_t asked = kind == CXCursor_WhileStmt ? function.children(i).at(0) : i;
    for (uint32_t j = asked; j < function.node(asked).end; ++j) {
      if (!compares(function, j)) continue;
      const std::vector<uint32_t> sides = function.children(j);
      if (std::any_of(sides.begin(), sides.end(), [&](uint32_t side) {
            return is_own({&function, side});
          })) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace detaudit::rules::source
