#include "rules/source/locks.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

#include "rules/source/names.h"

namespace detaudit::rules::source {
namespace {

constexpr std::array<std::string_view, 15> kLocking = {"pthread_mutex_lock",
                                                       "pthread_spin_lock",
                                                       "pthread_rwlock_wrlock",
                                                       "mtx_lock",
                                                       "omp_set_lock",
                                                       "omp_set_nest_lock",
                                                       "sem_wait",
                                                       "EnterCriticalSection",
                                                       "AcquireSRWLockExclusive",
                                                       "g_mutex_lock",
                                                       "g_rec_mutex_lock",
                                                       "uv_mutex_lock",
                                                       "SDL_LockMutex",
                                                       "std::lock",
                                                       "boost::lock"};
constexpr std::array<std::string_view, 15> kUnlocking = {"pthread_mutex_unlock",
                                                         "pthread_spin_unlock",
                                                         "pthread_rwlock_unlock",
                                                         "mtx_unlock",
                                                         "omp_unset_lock",
                                                         "omp_unset_nest_lock",
                                                         "sem_post",
                                                         "LeaveCriticalSection",
                                                         "ReleaseSRWLockExclusive",
                                                         "g_mutex_unlock",
                                                         "g_rec_mutex_unlock",
                                                         "uv_mutex_unlock",
                                                         "SDL_UnlockMutex",
                                                         "__sync_lock_release",
                                                         "atomic_flag_clear"};
constexpr std::array<std::string_view, 5> kLockingMembers = {"lock", "Lock", "acquire", "Acquire",
                                                             "lock_exclusive"};
constexpr std::array<std::string_view, 7> kUnlockingMembers = {
    "unlock", "Unlock", "release", "Release", "clear", "store", "unlock_exclusive"};
// What a spinning loop asks for.
constexpr std::array<std::string_view, 6> kTaking = {"test_and_set",
                                                     "exchange",
                                                     "try_lock",
                                                     "trylock",
                                                     "__sync_bool_compare_and_swap",
                                                     "__sync_val_compare_and_swap"};

constexpr size_t kLongestWrapper = 60;  // in nodes

bool gives_nothing(CXCursor function) {
  return clang_getCanonicalType(clang_getCursorResultType(function)).kind == CXType_Void;
}

bool is_method(CXCursor function) { return clang_getCursorKind(function) == CXCursor_CXXMethod; }

bool takes_by_name(const Call& call) {
  if (is_null(call.callee)) return false;
  if (contains(kLocking, call.name)) return true;
  // `weak_ptr::lock` gives something.
  return contains(kLockingMembers, last_name(call.name)) && is_method(call.callee) &&
         gives_nothing(call.callee);
}

bool releases_by_name(const Call& call) {
  if (is_null(call.callee)) return false;
  if (contains(kUnlocking, call.name)) return true;
  return contains(kUnlockingMembers, last_name(call.name)) && is_method(call.callee);
}

// `while (busy.test_and_set()) {}`, `do {} while (!__sync_bool_compare_and_swap(&busy, 0, 1));`
bool spins(const Unit& unit, const Function& function, uint32_t loop) {
  const CXCursorKind kind = function.node(loop).kind;
  if (kind != CXCursor_WhileStmt && kind != CXCursor_DoStmt) return false;
  const std::vector<uint32_t> parts = function.children(loop);
  if (parts.size() != 2) return false;
  const uint32_t condition = kind == CXCursor_WhileStmt ? parts[0] : parts[1];
  for (uint32_t i = condition; i < function.node(condition).end; ++i) {
    std::string name = spelling(function.node(i).cursor);
    // C's atomic functions are macros of builtins, which have no name.
    if (name.empty() && function.node(i).kind == CXCursor_UnexposedExpr) {
      name = first_token(unit.translation_unit(), function.node(i).cursor);
    }
    const bool taking = std::any_of(kTaking.begin(), kTaking.end(), [&](std::string_view each) {
      return name.find(each) != name.npos;
    });
    if (taking) return true;
  }
  return false;
}

struct Effect {
  bool takes = false, releases = false;
};

// Of a function of this project: what it does with a lock and leaves so.
Effect effect_of(const Unit& unit, const Function& code) {
  Effect effect;
  for (const Call& call : code.calls()) {
    effect.takes |= takes_by_name(call);
    effect.releases |= releases_by_name(call);
  }
  for (uint32_t i = 1; i < code.nodes().size() && !effect.takes; ++i) {
    effect.takes = spins(unit, code, i);
  }
  return effect;
}

bool takes(const Unit& unit, const Call& call) {
  if (takes_by_name(call)) return true;
  if (call.in_system || is_null(call.callee)) return false;
  if (clang_getCursorKind(call.callee) == CXCursor_Constructor) return false;
  const Function* code = unit.code_of(call.callee);
  if (code == nullptr || code->nodes().size() > kLongestWrapper) return false;
  const Effect effect = effect_of(unit, *code);
  return effect.takes && !effect.releases;
}

bool releases(const Unit& unit, const Call& call) {
  if (releases_by_name(call)) return true;
  if (call.in_system || is_null(call.callee)) return false;
  const Function* code = unit.code_of(call.callee);
  if (code == nullptr || code->nodes().size() > kLongestWrapper) return false;
  const Effect effect = effect_of(unit, *code);
  return effect.releases && !effect.takes;
}

std::string lower(std::string text) {
  for (char& each : text) each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
  return text;
}

// A library's class that takes a lock for as long as its object lives, by its name.
bool is_guard_class(const std::string& name) {
  const std::string plain = lower(std::string(last_name(name)));
  const bool shared = plain.find("shared") != plain.npos || plain.find("read") != plain.npos;
  const bool guard = plain.find("lock") != plain.npos || plain.find("guard") != plain.npos;
  return guard && !shared && plain.find("block") == plain.npos && plain.find("clock") == plain.npos;
}

// Of a class of this project the constructor's code tells.
bool is_guard(const Unit& unit, const Call& made) {
  if (is_null(made.callee) || clang_getCursorKind(made.callee) != CXCursor_Constructor) {
    return false;
  }
  const CXCursor record = clang_getCursorSemanticParent(made.callee);
  const Function* code = unit.code_of(made.callee);
  if (made.in_system || code == nullptr) {
    return unit.is_foreign(made.callee) && is_guard_class(qualified_name(record)) &&
           !made.arguments.empty();
  }
  const bool inner = std::any_of(code->calls().begin(), code->calls().end(), [&](const Call& each) {
    return each.in_system && is_guard_class(std::string(last_name(each.name))) &&
           !is_null(each.callee) && clang_getCursorKind(each.callee) == CXCursor_Constructor &&
           !each.arguments.empty();
  });
  const Effect effect = effect_of(unit, *code);
  return (effect.takes || inner) && !effect.releases;
}

bool is_deferred(const Function& function, const Call& made) {
  return std::any_of(made.arguments.begin(), made.arguments.end(), [&](uint32_t argument) {
    if (argument == kNoNode) return false;
    const std::string type =
        type_name(clang_getNonReferenceType(clang_getCursorType(function.node(argument).cursor)));
    return type.find("defer_lock") != type.npos || type.find("try_to_lock") != type.npos;
  });
}

// The statement that holds a node, of the nearest block around it.
struct Statement {
  uint32_t node = kNoNode, block = kNoNode;
};
Statement statement_of(const Function& function, uint32_t node) {
  for (uint32_t below = node; function.node(below).parent != kNoNode;) {
    const uint32_t above = function.node(below).parent;
    const CXCursorKind kind = function.node(above).kind;
    if (kind == CXCursor_CompoundStmt || (kind == CXCursor_IfStmt && below != node)) {
      return {below, above};
    }
    below = above;
  }
  return {};
}

class Spans {
 public:
  Spans(const Unit& unit, const Function& function) : unit_(unit), function_(function) {}

  std::vector<LockedSpan> find() {
    for (const Call& call : function_.calls()) {
      const bool guard = is_kept(call) && is_guard(unit_, call) && !is_deferred(function_, call);
      if (guard || takes(unit_, call)) add(call.node, false);
    }
    for (uint32_t i = 1; i < function_.nodes().size(); ++i) {
      if (spins(unit_, function_, i)) add(i, true);
    }
    return std::move(found_);
  }

 private:
  // In a variable, which lives until its block ends.
  bool is_kept(const Call& made) const {
    const uint32_t above = function_.parent_of(made.node);
    return above != kNoNode && function_.node(above).kind == CXCursor_VarDecl;
  }

  // A spinning loop that nothing ends is an exchange like others.
  void add(uint32_t taken, bool only_if_released) {
    const Statement statement = statement_of(function_, taken);
    if (statement.node == kNoNode) return;
    const uint32_t begin = function_.node(statement.node).end;
    const uint32_t last = function_.node(statement.block).end;
    for (uint32_t at = begin; at < last; at = function_.node(at).end) {
      if (releases_here(at)) return found_.push_back({begin, at, taken});
    }
    if (!only_if_released) found_.push_back({begin, last, taken});
  }

  // As a statement of its own; in a branch that leaves early it ends nothing.
  bool releases_here(uint32_t statement) const {
    const CXCursorKind kind = function_.node(statement).kind;
    if (clang_isExpression(kind) == 0) return false;
    for (uint32_t i = statement; i < function_.node(statement).end; ++i) {
      const Call* call = function_.call_at(i);
      if (call != nullptr && releases(unit_, *call)) return true;
      if (function_.node(i).kind != CXCursor_UnexposedExpr) continue;
      const std::string name = first_token(unit_.translation_unit(), function_.node(i).cursor);
      if (name.starts_with("atomic_flag_clear") || name.starts_with("atomic_store") ||
          name.starts_with("__sync_lock_release") || name.starts_with("__atomic_")) {
        return true;
      }
    }
    return false;
  }

  const Unit& unit_;
  const Function& function_;
  std::vector<LockedSpan> found_;
};

}  // namespace

std::vector<LockedSpan> locked_spans(const Unit& unit, const Function& function) {
  return Spans(unit, function).find();
}

}  // namespace detaudit::rules::source
