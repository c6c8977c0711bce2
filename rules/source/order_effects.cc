#include "rules/source/order_effects.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "rules/source/names.h"
#include "rules/source/number_type.h"
#include "rules/source/operation.h"

namespace detaudit::rules::source {
namespace {

constexpr std::array<std::string_view, 12> kAppending = {
    "push_back", "emplace_back", "push_front", "emplace_front", "append",       "push",
    "write",     "put",          "enqueue",    "append_range",  "emplace_hint", "insert_after"};
constexpr std::array<std::string_view, 4> kPlacing = {"emplace", "try_emplace", "insert",
                                                      "insert_or_assign"};
constexpr std::array<std::string_view, 15> kPrinting = {
    "printf", "fprintf", "vprintf", "vfprintf", "puts",   "fputs",      "putc",        "fputc",
    "fwrite", "write",   "dprintf", "putchar",  "pwrite", "std::print", "std::println"};

class Effects {
 public:
  Effects(const Unit& unit, const Iteration& iteration, HandedOn handed_on)
      : unit_(unit), iteration_(iteration), function_(*iteration.function), handed_on_(handed_on) {}

  std::vector<OrderEffect> find() {
    for (uint32_t i = iteration_.body; i < function_.node(iteration_.body).end; ++i) look(i);
    return std::move(found_);
  }

 private:
  using Kind = OrderEffect::Kind;

  void look(uint32_t index) {
    const Node& node = function_.node(index);
    const Assignment assignment = assignment_at(function_, index);
    if (assignment.node != kNoNode) return look_at(assignment);
    if (node.kind != CXCursor_CallExpr) return;
    const Call* call = function_.call_at(index);
    if (call != nullptr) look_at(*call);
  }

  void look_at(const Assignment& assignment) {
    const CXCursor target = base_variable(function_, assignment.target);
    if (is_null(target) || is_local(root_variable(function_, assignment.target))) return;
    const CXType type = clang_getCursorType(function_.node(assignment.target).cursor);
    if (!assignment.compound && counts(assignment.value, target)) {
      found_.push_back({assignment.node, Kind::kNumber, target});
    } else if (accumulates(function_, assignment, target)) {
      if (!float_type(type).empty() && !has_own_element(assignment.target)) {
        found_.push_back({assignment.node, Kind::kFloatSum, target});
      } else if (assignment.additive && is_text(type)) {
        found_.push_back({assignment.node, Kind::kAppend, target});
      }
    } else if (advances(assignment.target)) {
      found_.push_back({assignment.node, Kind::kAppend, target});
    }
  }

  void look_at(const Call& call) {
    const std::string_view name = last_name(call.name);
    if (prints(function_, call)) {
      found_.push_back({call.node, Kind::kOutput, none()});
    } else if (appends(function_, call)) {
      if (has_own_element(object_of(call))) return;
      const CXCursor target = base_variable(function_, call.node);
      if (!is_null(target) && !is_local(root_variable(function_, call.node))) {
        found_.push_back({call.node, Kind::kAppend, target});
      }
    } else if (contains(kPlacing, name) && is_member(function_, call) && counts_argument(call)) {
      found_.push_back({call.node, Kind::kNumber, base_variable(function_, call.node)});
    } else if (const auto effect = effect_within(call)) {
      found_.push_back(*effect);
    } else if (handed_on_ == HandedOn::kCounts && hands_on(call)) {
      found_.push_back({call.node, Kind::kHandedOn, none()});
    }
  }

  uint32_t object_of(const Call& member) const {
    const uint32_t callee = function_.stripped(function_.children(member.node)[0]);
    const std::vector<uint32_t> object = function_.children(callee);
    return object.empty() ? callee : object[0];
  }

  bool hands_on(const Call& call) const {
    if (call.in_system || is_null(call.callee) || call.arguments.empty()) return false;
    return std::any_of(call.arguments.begin(), call.arguments.end(), [&](uint32_t argument) {
      return argument != kNoNode && comes_from_element({&function_, argument});
    });
  }

  bool comes_from_element(const Site& expression) const {
    if (is_null(iteration_.element)) return true;
    return origin_of(unit_.definitions(), expression,
                     [&](const Site& site) {
                       const bool used =
                           site.kind() == CXCursor_DeclRefExpr &&
                           clang_equalCursors(clang_getCursorReferenced(site.cursor()),
                                              iteration_.element);
                       return used || clang_equalCursors(site.cursor(),
                                                         iteration_.element);  // of a binding
                     })
        .has_value();
  }

  // Declared within the body: gone with the element.
  bool is_local(CXCursor variable) const {
    for (uint32_t i = iteration_.body; i < function_.node(iteration_.body).end; ++i) {
      const CXCursorKind kind = function_.node(i).kind;
      if (kind != CXCursor_VarDecl && kind != CXCursor_UnexposedDecl && kind != CXCursor_ParmDecl) {
        continue;
      }
      if (clang_equalCursors(declaration(function_.node(i).cursor), variable)) return true;
    }
    return is_element(variable);
  }

  // The loop's own variable, or a part of it.
  bool is_element(CXCursor variable) const {
    if (is_null(iteration_.element)) return false;
    const CXCursor element = declaration(iteration_.element);
    if (clang_equalCursors(element, variable)) return true;
    const std::vector<Site>& sources = unit_.definitions().of(variable);
    return std::any_of(sources.begin(), sources.end(), [&](const Site& site) {
      return clang_equalCursors(declaration(site.cursor()), element);
    });
  }

  // `out[key] += x` with the element's own key adds once to each.
  bool has_own_element(uint32_t target) const {
    const uint32_t index = function_.stripped(target);
    const std::vector<uint32_t> parts = function_.children(index);
    const bool subscript = function_.node(index).kind == CXCursor_ArraySubscriptExpr ||
                           spelling(function_.node(index).cursor) == "operator[]";
    if (!subscript || parts.size() < 2) return false;
    const uint32_t key = function_.stripped(parts.back());
    const CXCursorKind kind = function_.node(key).kind;
    const bool plain =
        kind == CXCursor_DeclRefExpr ||
        (kind == CXCursor_MemberRefExpr && spelling(function_.node(key).cursor) == "first");
    return plain && comes_from_element({&function_, key});
  }

  // `out[n++] = x`, `*place++ = x`
  bool advances(uint32_t target) const {
    for (uint32_t i = target; i < function_.node(target).end; ++i) {
      if (is_increment(function_.node(i))) return true;
      const std::string name = spelling(function_.node(i).cursor);
      if (function_.node(i).kind == CXCursor_CallExpr && name == "operator++") return true;
    }
    return false;
  }

  // `ids[name] = n++`, `ids[name] = ids.size()`: the next number.
  bool counts(uint32_t value, CXCursor target) const {
    for (uint32_t i = value; i < function_.node(value).end; ++i) {
      if (is_increment(function_.node(i))) {
        const CXCursor counter = root_variable(function_, i);
        if (!is_null(counter) && !is_local(counter)) return true;
      }
      const Call* call = function_.call_at(i);
      if (call != nullptr && last_name(call->name) == "size" && is_member(function_, *call) &&
          clang_equalCursors(base_variable(function_, i), target) != 0) {
        return true;
      }
    }
    return false;
  }

  bool counts_argument(const Call& call) const {
    const CXCursor target = base_variable(function_, call.node);
    if (is_null(target) || is_local(root_variable(function_, call.node))) return false;
    return std::any_of(call.arguments.begin(), call.arguments.end(), [&](uint32_t argument) {
      return argument != kNoNode && counts(argument, target);
    });
  }

  // What a function of this unit, which gets something of the element, does with a member of its
  // object, or with what it was given by reference: `total.add(x)`.
  std::optional<OrderEffect> effect_within(const Call& call) const {
    if (call.in_system || is_null(call.callee) || !hands_on(call)) return std::nullopt;
    const Function* code = unit_.code_of(call.callee);
    if (code == nullptr) return std::nullopt;
    for (uint32_t i = 1; i < code->nodes().size(); ++i) {
      const Assignment assignment = assignment_at(*code, i);
      if (assignment.node != kNoNode) {
        const bool sum =
            assignment.additive &&
            !float_type(clang_getCursorType(code->node(assignment.target).cursor)).empty();
        const uint32_t plain = code->stripped(assignment.target);
        const bool element = code->node(plain).kind == CXCursor_ArraySubscriptExpr ||
                             code->node(plain).kind == CXCursor_CallExpr;
        if (!sum || element) continue;
        const CXCursor target = kept_outside(call, *code, assignment.target);
        if (!is_null(target)) return OrderEffect{call.node, Kind::kFloatSum, target};
      }
      const Call* inner = code->call_at(i);
      if (inner == nullptr || !inner->in_system || !contains(kAppending, last_name(inner->name))) {
        continue;
      }
      const CXCursor target = kept_outside(call, *code, i);
      if (!is_null(target)) return OrderEffect{call.node, Kind::kAppend, target};
    }
    return std::nullopt;
  }

  // The variable or member that the callee's expression is, where it is there after the iteration.
  CXCursor kept_outside(const Call& call, const Function& code, uint32_t expression) const {
    const CXCursor variable = base_variable(code, expression);
    if (is_null(variable)) return none();
    const CXCursorKind kind = clang_getCursorKind(variable);
    if (kind == CXCursor_FieldDecl) {
      // Of the object itself, which must not be a new one for each element.
      const CXCursor root = root_variable(code, expression);
      const bool own = is_null(root) || clang_equalCursors(root, variable) != 0;
      if (!own || !is_member(function_, call)) return none();
      return is_local(root_variable(function_, call.node)) ? none() : variable;
    }
    if (kind != CXCursor_ParmDecl) return none();
    const CXTypeKind type = clang_getCanonicalType(clang_getCursorType(variable)).kind;
    if (type != CXType_LValueReference && type != CXType_Pointer) return none();
    for (size_t i = 0; i < call.arguments.size(); ++i) {
      const CXCursor parameter = clang_Cursor_getArgument(call.callee, static_cast<unsigned>(i));
      if (call.arguments[i] == kNoNode || is_null(parameter)) continue;
      if (clang_equalCursors(declaration(parameter), variable) == 0) continue;
      const CXCursor given = base_variable(function_, call.arguments[i]);
      const bool lasting =
          !is_null(given) && !is_local(root_variable(function_, call.arguments[i]));
      return lasting ? given : none();
    }
    return none();
  }

  const Unit& unit_;
  const Iteration& iteration_;
  const Function& function_;
  HandedOn handed_on_;
  std::vector<OrderEffect> found_;
};

}  // namespace

bool accumulates(const Function& function, const Assignment& assignment, CXCursor target) {
  if (assignment.compound) return true;
  const uint32_t value = function.stripped(assignment.value);
  if (function.node(value).kind != CXCursor_BinaryOperator &&
      function.node(value).kind != CXCursor_CallExpr) {
    return false;
  }
  const Call* call = function.call_at(value);
  if (call != nullptr && picks(call->name)) return false;
  for (uint32_t i = value; i < function.node(value).end; ++i) {
    const CXCursorKind kind = function.node(i).kind;
    const bool named = kind == CXCursor_DeclRefExpr || kind == CXCursor_MemberRefExpr;
    if (named && clang_equalCursors(base_variable(function, i), target)) {
      return true;
    }
  }
  return false;
}

namespace {

// Standard error is no output of a run.
bool is_narration(const Function& function, uint32_t node) {
  for (uint32_t i = node; i < function.node(node).end; ++i) {
    const std::string name = spelling(function.node(i).cursor);
    if (name == "cerr" || name == "clog" || name == "wcerr" || name == "stderr") return true;
  }
  return false;
}

}  // namespace

bool prints(const Function& function, const Call& call) {
  if (!call.in_system) return false;
  if (contains(kPrinting, call.name)) return !is_narration(function, call.node);
  if (last_name(call.name) != "operator<<" || call.arguments.empty()) return false;
  if (call.arguments[0] == kNoNode || is_narration(function, call.arguments[0])) return false;
  const std::string stream =
      type_name(clang_getCursorType(function.node(call.arguments[0]).cursor));
  return stream.find("basic_ostream") != std::string::npos ||
         stream.find("stream") != std::string::npos;
}

bool appends(const Function& function, const Call& call) {
  return contains(kAppending, last_name(call.name)) && is_member(function, call);
}

bool is_member(const Function& function, const Call& call) {
  const std::vector<uint32_t> parts = function.children(call.node);
  return !parts.empty() &&
         function.node(function.stripped(parts[0])).kind == CXCursor_MemberRefExpr;
}

bool is_text(CXType type) {
  const std::string name = type_name(clang_getNonReferenceType(type));
  return name.starts_with("std::basic_string<") || name.starts_with("std::string");
}

const char* effect_name(OrderEffect::Kind kind) {
  switch (kind) {
    case OrderEffect::Kind::kFloatSum:
      return "floating-point numbers are added up";
    case OrderEffect::Kind::kAppend:
      return "elements are appended to a sequence";
    case OrderEffect::Kind::kNumber:
      return "elements are numbered";
    case OrderEffect::Kind::kOutput:
      return "output is written";
    case OrderEffect::Kind::kHandedOn:
      return "elements are handed on";
  }
  return "";
}

std::vector<OrderEffect> order_effects(const Unit& unit, const Iteration& iteration,
                                       HandedOn handed_on) {
  if (iteration.body == kNoNode) return {};
  return Effects(unit, iteration, handed_on).find();
}

}  // namespace detaudit::rules::source
