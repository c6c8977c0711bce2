#include "rules/source/threads.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string>
#include <string_view>

#include "rules/source/names.h"
#include "rules/source/openmp_directives.h"
#include "rules/source/operation.h"

namespace detaudit::rules::source {
namespace {

// What a thread is made by, and which of the arguments is its code.
struct Maker {
  std::string_view name;
  size_t code;
};
constexpr std::array<Maker, 10> kMakers = {{{"std::thread::thread", 0},
                                            {"std::jthread::jthread", 0},
                                            {"boost::thread::thread", 0},
                                            {"boost::thread_group::create_thread", 0},
                                            {"std::async", 0},
                                            {"boost::async", 0},
                                            {"pthread_create", 2},
                                            {"thrd_create", 1},
                                            {"g_thread_new", 1},
                                            {"dispatch_async", 1}}};
// Of a library's pool, by the class's and the function's name.
constexpr std::array<std::string_view, 9> kPools = {
    "pool", "executor", "scheduler", "task", "arena", "thread", "concurrent", "asio", "flow"};
constexpr std::array<std::string_view, 18> kHanding = {
    "submit",      "enqueue", "post",  "push",     "push_task", "submit_task",
    "detach_task", "run",     "start", "schedule", "spawn",     "dispatch",
    "execute",     "defer",   "async", "add",      "emplace",   "Schedule"};

std::string lower(std::string text) {
  for (char& each : text) each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
  return text;
}

bool holds_threads(CXType type) {
  type = clang_getCanonicalType(clang_getNonReferenceType(type));
  const std::string held = type_name(clang_Type_getTemplateArgumentAsType(type, 0));
  return held == "std::thread" || held == "std::jthread" || held == "boost::thread";
}

// `threads.emplace_back(work)`
bool makes_in_place(const Function& function, const Call& call) {
  const std::string_view name = last_name(call.name);
  if (name != "emplace_back" && name != "emplace" && name != "emplace_front") return false;
  const std::vector<uint32_t> parts = function.children(call.node);
  if (parts.empty()) return false;
  const uint32_t callee = function.stripped(parts[0]);
  const std::vector<uint32_t> object = function.children(callee);
  return !object.empty() && holds_threads(clang_getCursorType(function.node(object[0]).cursor));
}

bool is_loop(CXCursorKind kind) {
  return kind == CXCursor_ForStmt || kind == CXCursor_WhileStmt || kind == CXCursor_DoStmt ||
         kind == CXCursor_CXXForRangeStmt;
}

uint32_t loop_around(const Function& function, uint32_t node) {
  for (uint32_t at = function.node(node).parent; at != kNoNode; at = function.node(at).parent) {
    if (is_loop(function.node(at).kind)) return at;
  }
  return kNoNode;
}

// A lambda that an algorithm calls for each element (`std::generate`) is a loop too.
bool is_repeated(const Unit& unit, const Function& function, uint32_t node, int depth = 0) {
  constexpr int kMostCallers = 3;
  if (loop_around(function, node) != kNoNode) return true;
  for (uint32_t at = function.node(node).parent; at != kNoNode; at = function.node(at).parent) {
    if (function.node(at).kind != CXCursor_LambdaExpr) continue;
    const uint32_t above = function.parent_of(at);
    const Call* call = above == kNoNode ? nullptr : function.call_at(above);
    if (call != nullptr &&
        (call->name.starts_with("std::generate") || call->name.starts_with("std::for_each"))) {
      return true;
    }
  }
  const std::vector<Site>& uses = unit.uses(function.cursor());
  if (uses.size() > 1) return true;
  return depth < kMostCallers && uses.size() == 1 &&
         is_repeated(unit, *uses[0].function, uses[0].node, depth + 1);
}

std::optional<Site> function_named(const Unit& unit, CXCursor used) {
  if (is_null(used) || !is_function(clang_getCursorKind(used))) return std::nullopt;
  const Function* code = unit.code_of(used);
  return code == nullptr ? std::nullopt : std::optional(Site{code, 0});
}

// A function, a lambda, or what keeps such: a std::function, a queue of them.
bool may_hold_code(CXCursor variable) {
  const CXType type = clang_getCursorType(variable);
  if (type.kind == CXType_Invalid) return false;
  const std::string name = type_name(clang_getNonReferenceType(type));
  return name.find("(lambda at ") != name.npos || name.find("function<") != name.npos ||
         name.find("packaged_task<") != name.npos || name.find("(*)") != name.npos ||
         name.find("_Bind") != name.npos;
}

// Every lambda and function whose value an expression may have.
class CodeSearch {
 public:
  explicit CodeSearch(const Unit& unit) : unit_(unit) {}

  std::vector<Site> run(Site expression) {
    look(expression);
    return std::move(found_);
  }

 private:
  void look(Site top) {
    constexpr size_t kMostPlaces = 200;
    if (seen_.size() > kMostPlaces || !seen_.emplace(top.function, top.node).second) return;
    const Function& function = *top.function;
    for (uint32_t i = top.node; i < function.node(top.node).end; ++i) {
      const Site here = top.at(i);
      if (here.kind() == CXCursor_LambdaExpr) {
        found_.push_back(here);
        i = function.node(i).end - 1;
      } else if (here.kind() == CXCursor_DeclRefExpr || here.kind() == CXCursor_MemberRefExpr) {
        look_at_name(here);
      }
    }
  }

  void look_at_name(Site name) {
    const CXCursor used = clang_getCursorReferenced(name.cursor());
    if (is_null(used)) return;
    if (const auto code = function_named(unit_, used)) {
      if (!is_called(name)) found_.push_back(*code);
    } else if (may_hold_code(used)) {
      for (const Site& given : unit_.definitions().of(used)) look(given);
    }
  }

  static bool is_called(Site name) {
    const Function& function = *name.function;
    const uint32_t above = function.parent_of(name.node);
    if (above == kNoNode || function.node(above).kind != CXCursor_CallExpr) return false;
    const uint32_t callee = function.children(above)[0];
    return callee <= name.node && name.node < function.node(callee).end;
  }

  const Unit& unit_;
  std::set<std::pair<const Function*, uint32_t>> seen_;
  std::vector<Site> found_;
};

std::vector<Site> all_code(const Unit& unit, const Function& function, uint32_t expression) {
  return CodeSearch(unit).run({&function, expression});
}

// A pointer to a function, a std::function and its like, or a lambda's object.
bool holds_code(const Function& function, uint32_t callee) {
  CXType type = clang_getCursorType(function.node(function.stripped(callee)).cursor);
  if (type.kind == CXType_Invalid) return false;
  type = clang_getCanonicalType(clang_getNonReferenceType(type));
  if (type.kind == CXType_Pointer) type = clang_getCanonicalType(clang_getPointeeType(type));
  if (type.kind == CXType_FunctionProto || type.kind == CXType_FunctionNoProto) return true;
  if (type.kind != CXType_Record) return false;
  if (type_name(type).find("(lambda at ") != std::string::npos) return true;
  const std::string name = qualified_name(clang_getTypeDeclaration(type));
  return name == "std::function" || name == "std::packaged_task" || name == "boost::function" ||
         name == "std::move_only_function" || name == "std::reference_wrapper";
}

// What is handed over: a lambda, a function, a member function, a callable object, `std::bind`'s
// first argument.
std::vector<Site> code_at(const Unit& unit, const Function& function, uint32_t argument) {
  const uint32_t index = function.stripped(argument);
  if (function.node(index).kind == CXCursor_LambdaExpr) return {{&function, index}};
  const Call* call = function.call_at(index);
  if (call != nullptr && !call->arguments.empty() && call->arguments[0] != kNoNode &&
      call->name.find("bind") != call->name.npos) {
    return code_at(unit, function, call->arguments[0]);
  }
  std::vector<Site> found = all_code(unit, function, argument);
  if (found.empty()) {
    if (const auto code = handed_code(unit, function, argument)) found.push_back(*code);
  }
  return found;
}

class Launches {
 public:
  explicit Launches(const Unit& unit) : unit_(unit) {}

  std::vector<Launch> find() {
    for (const Function& function : unit_.functions()) {
      for (const Call& call : function.calls()) look_at(function, call);
    }
    add_regions();
    for (Launch& launch : found_) {
      launch.several |=
          is_repeated(unit_, *launch.at.function, launch.at.node) || is_called_meanwhile(launch);
    }
    return std::move(found_);
  }

 private:
  void look_at(const Function& function, const Call& call) {
    if (call.arguments.empty()) return;
    const auto maker = std::find_if(kMakers.begin(), kMakers.end(),
                                    [&](const Maker& each) { return each.name == call.name; });
    if (maker != kMakers.end()) {
      add_made(function, call, maker->code);
    } else if (makes_in_place(function, call)) {
      add_made(function, call, 0);
    } else if (runs_in_parallel(function, call) || is_parallel_loop(call)) {
      add_all(function, call, true);
    } else if (is_pool(call)) {
      add_all(function, call, false);
    }
  }

  bool is_library(const Call& call) const {
    return !is_null(call.callee) && unit_.is_foreign(call.callee);
  }

  // tbb::parallel_for, cv::parallel_for_, at::parallel_for
  bool is_parallel_loop(const Call& call) const {
    if (call.name.empty() || !is_library(call)) return false;
    const std::string name = lower(std::string(last_name(call.name)));
    return name.starts_with("parallel");
  }

  bool is_pool(const Call& call) const {
    if (!contains(kHanding, last_name(call.name)) || !is_library(call)) return false;
    const std::string whole = lower(call.name);
    const std::string_view owner = std::string_view(whole).substr(0, whole.rfind("::"));
    return std::any_of(kPools.begin(), kPools.end(),
                       [&](std::string_view each) { return owner.find(each) != owner.npos; });
  }

  // std::async's policy may come before its code.
  void add_made(const Function& function, const Call& call, size_t first) {
    for (size_t at = first; at < std::min(call.arguments.size(), first + 2); ++at) {
      if (call.arguments[at] == kNoNode || is_thread(function, call.arguments[at])) continue;
      const std::vector<Site> codes = code_at(unit_, function, call.arguments[at]);
      for (const Site& code : codes) {
        Launch launch{code, {&function, call.node}, {}, loop_around(function, call.node)};
        launch.arguments.assign(call.arguments.begin() + static_cast<long>(at) + 1,
                                call.arguments.end());
        found_.push_back(std::move(launch));
      }
      if (!codes.empty() || call.name != "std::async") return;
    }
  }

  void add_all(const Function& function, const Call& call, bool several) {
    for (const uint32_t argument : call.arguments) {
      if (argument == kNoNode || !may_be_code(function, argument)) continue;
      for (const Site& code : code_at(unit_, function, argument)) {
        found_.push_back(
            {code, {&function, call.node}, {}, loop_around(function, call.node), several});
      }
    }
  }

  // A thread that is moved, not made.
  static bool is_thread(const Function& function, uint32_t argument) {
    const std::string type =
        type_name(clang_getNonReferenceType(clang_getCursorType(function.node(argument).cursor)));
    return type == "std::thread" || type == "std::jthread" || type == "boost::thread";
  }

  static bool may_be_code(const Function& function, uint32_t argument) {
    const CXTypeKind type =
        clang_getCanonicalType(
            clang_getNonReferenceType(clang_getCursorType(function.node(argument).cursor)))
            .kind;
    return type == CXType_Record || type == CXType_Pointer || type == CXType_FunctionProto ||
           type == CXType_Unexposed;
  }

  // `#pragma omp parallel`, and the loops in it.
  void add_regions() {
    const std::vector<Directive> directives = openmp_directives(unit_);
    for (const Directive& directive : directives) {
      if (!directive.has("parallel") || is_alone(directive)) continue;
      for (const Function& function : unit_.functions()) {
        const auto statement = statement_of(function, directive);
        if (statement) found_.push_back({*statement, *statement, {}, kNoNode, true});
      }
    }
  }

  // Who starts the thread runs the same code, before waiting for it.
  bool is_called_meanwhile(const Launch& launch) const {
    const Function& function = *launch.at.function;
    for (const Call& call : function.calls()) {
      if (call.node < function.node(launch.at.node).end) continue;
      const std::string_view name = last_name(call.name);
      if (name == "join" || name == "pthread_join" || name == "thrd_join") return false;
      for (const Site& code : called_code(unit_, function, call)) {
        if (code.function == launch.code.function && code.node == launch.code.node) return true;
      }
    }
    return false;
  }

  static bool is_alone(const Directive& directive) {
    for (size_t i = 0; i + 2 < directive.words.size(); ++i) {
      if (directive.words[i] == "num_threads" && directive.words[i + 2] == "1") return true;
    }
    return false;
  }

  const Unit& unit_;
  std::vector<Launch> found_;
};

}  // namespace

std::vector<Launch> launches(const Unit& unit) { return Launches(unit).find(); }

std::vector<Site> called_code(const Unit& unit, const Function& function, const Call& call) {
  if (!is_null(call.callee)) {
    if (const auto body = unit.definitions().lambda(call.callee)) return {*body};
    if (const auto code = function_named(unit, call.callee)) return {*code};
  }
  if (call.name == "std::invoke") {
    const bool known = !call.arguments.empty() && call.arguments[0] != kNoNode;
    return known ? code_at(unit, function, call.arguments[0]) : std::vector<Site>{};
  }
  const std::vector<uint32_t> parts = function.children(call.node);
  if (parts.empty() || !holds_code(function, parts[0])) return {};
  return all_code(unit, function, parts[0]);
}

bool runs_in_parallel(const Function& function, const Call& call) {
  if (!call.in_system || !call.name.starts_with("std::")) return false;
  if (call.arguments.empty() || call.arguments[0] == kNoNode) return false;
  const std::string policy = type_name(
      clang_getNonReferenceType(clang_getCursorType(function.node(call.arguments[0]).cursor)));
  return policy.find("parallel_policy") != std::string::npos ||
         policy.find("parallel_unsequenced_policy") != std::string::npos;
}

}  // namespace detaudit::rules::source
