// Sums of floats, sequences and outputs that several threads add to under a lock: in the order in
// which they arrive. A place that is the thread's own, and what is put in order later, is silent.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "rules/source/constant.h"
#include "rules/source/locks.h"
#include "rules/source/number_type.h"
#include "rules/source/openmp_directives.h"
#include "rules/source/operators.h"
#include "rules/source/order_effects.h"
#include "rules/source/order_seen.h"
#include "rules/source/replacement.h"
#include "rules/source/rules.h"
#include "rules/source/thread_values.h"
#include "rules/source/threads.h"
#include "rules/source/value_sources.h"

namespace detaudit::rules::source {
namespace {

using Kind = OrderEffect::Kind;

// Something that is done under a lock, and shows in which order it is done.
struct Effect {
  Site site;  // where it is
  Kind kind;
  CXCursor target;             // null for output
  uint32_t changed = kNoNode;  // the expression of the target
  uint32_t value = kNoNode;    // what is added
  std::string type;            // of a sum
  Place lock;
};

// A whole number that is added to a wide one: no sum of those is rounded.
bool is_exact(const Function& function, uint32_t value, CXType sum) {
  const uint32_t inner = function.stripped(value);
  const CXType type = clang_getCanonicalType(clang_getCursorType(function.node(inner).cursor));
  const bool whole = type.kind >= CXType_Bool && type.kind <= CXType_Int128;
  const CXTypeKind to = clang_getCanonicalType(clang_getNonReferenceType(sum)).kind;
  if (whole && (to == CXType_Double || to == CXType_LongDouble)) return true;
  const auto literal = float_constant(function.node(inner).cursor);
  return literal && *literal == std::floor(*literal);
}

std::string sum_type(const Function& function, const Assignment& assignment) {
  const CXType type = clang_getCursorType(function.node(assignment.target).cursor);
  std::string name = float_type(type);
  // Of vectors and matrices, which have an operator of their own.
  if (name.empty() && assignment.additive && function.call_at(assignment.node) != nullptr) {
    name = iterated_float_type(type);
  }
  return name;
}

std::optional<Effect> sum_at(const Function& function, uint32_t node) {
  const Assignment assignment = assignment_at(function, node);
  if (assignment.node == kNoNode) return std::nullopt;
  const CXCursor target = base_variable(function, assignment.target);
  if (is_null(target) || !accumulates(function, assignment, target)) return std::nullopt;
  const CXType type = clang_getCursorType(function.node(assignment.target).cursor);
  if (assignment.additive && is_text(type)) {
    return Effect{{&function, node}, Kind::kAppend, target, assignment.target, kNoNode, "", {}};
  }
  const std::string name = sum_type(function, assignment);
  if (name.empty()) return std::nullopt;
  if (assignment.additive && is_exact(function, assignment.value, type)) return std::nullopt;
  return Effect{
      {&function, node}, Kind::kFloatSum, target, assignment.target, assignment.value, name, {}};
}

bool is_sequence_append(const Function& function, const Call& call) {
  const std::string_view name = std::string_view(call.name).substr(call.name.rfind(':') + 1);
  return call.in_system && appends(function, call) &&
         (name == "push_back" || name == "emplace_back" || name == "append" ||
          name == "push_front" || name == "emplace_front");
}

std::optional<Effect> call_effect(const Function& function, const Call& call) {
  const Site site{&function, call.node};
  if (is_sequence_append(function, call)) {
    const uint32_t callee = function.stripped(function.children(call.node)[0]);
    const std::vector<uint32_t> object = function.children(callee);
    const CXCursor target = base_variable(function, call.node);
    if (is_null(target)) return std::nullopt;
    return Effect{site, Kind::kAppend, target, object.empty() ? callee : object[0], kNoNode, "",
                  {}};
  }
  if (!prints(function, call)) return std::nullopt;
  // `out << a << b` is one.
  const uint32_t above = function.parent_of(call.node);
  const Call* outer = above == kNoNode ? nullptr : function.call_at(above);
  if (outer != nullptr && prints(function, *outer)) return std::nullopt;
  const uint32_t stream =
      call.name.find("operator<<") != call.name.npos ? call.arguments[0] : kNoNode;
  return Effect{site, Kind::kOutput, none(), stream, kNoNode, "", {}};
}

// Of every function what is done under its own locks, and under those of its callers.
class Locked {
 public:
  explicit Locked(const Unit& unit) : unit_(unit) {
    for (const Directive& directive : openmp_directives(unit)) {
      if (directive.has("critical")) criticals_.push_back(directive);
    }
  }

  const std::vector<LockedSpan>& spans(const Function& function) {
    const auto [at, made] = spans_.try_emplace(&function);
    if (!made) return at->second;
    at->second = locked_spans(unit_, function);
    for (const Directive& directive : criticals_) {
      if (const auto statement = statement_of(function, directive)) {
        const uint32_t begin = statement->node;
        at->second.push_back({begin, function.node(begin).end, begin});
      }
    }
    return at->second;
  }

  // The lock that is held at a node, or none.
  const LockedSpan* lock_at(const Function& function, uint32_t node) {
    for (const LockedSpan& span : spans(function)) {
      if (node >= span.begin && node < span.end) return &span;
    }
    return nullptr;
  }

  // Whether anything is locked at all.
  bool any() {
    return !criticals_.empty() ||
           std::any_of(unit_.functions().begin(), unit_.functions().end(),
                       [&](const Function& function) { return !spans(function).empty(); });
  }

  // What a call may run, looked up once.
  const std::vector<Site>& called(const Function& function, const Call& call) {
    const auto [at, made] = called_.try_emplace({&function, call.node});
    if (made) at->second = called_code(unit_, function, call);
    return at->second;
  }

  bool is_critical(const Function& function, const LockedSpan& span) const {
    return std::any_of(criticals_.begin(), criticals_.end(), [&](const Directive& directive) {
      const auto statement = statement_of(function, directive);
      return statement && statement->node == span.begin;
    });
  }

 private:
  const Unit& unit_;
  std::vector<Directive> criticals_;
  std::unordered_map<const Function*, std::vector<LockedSpan>> spans_;
  std::map<std::pair<const Function*, uint32_t>, std::vector<Site>> called_;
};

// An effect, and a thread's code that leads there.
struct Arrival {
  Effect effect;
  const Launch* launch;
};

// Code that threads come to.
class Reached {
 public:
  void add(Site code) { codes_.push_back(code); }
  bool contains(Site site) const {
    return std::any_of(codes_.begin(), codes_.end(), [&](const Site& code) {
      return code.function == site.function && site.node >= code.node &&
             site.node < code.function->node(code.node).end;
    });
  }

 private:
  std::vector<Site> codes_;
};

// Walks the code of one launch.
class Walk {
 public:
  Walk(const Unit& unit, Locked& locked, const Launch& launch, Reached& reached)
      : unit_(unit), locked_(locked), launch_(launch), values_(unit, launch), reached_(reached) {}

  std::vector<Arrival> find() {
    go({launch_.code, std::nullopt, false});
    while (!waiting_.empty()) {
      const Frame next = std::move(waiting_.front());
      waiting_.pop_front();
      visit(next);
    }
    return std::move(found_);
  }

 private:
  // Code that the thread comes to: under which lock, and whether its object is the thread's own.
  struct Frame {
    Site code;
    std::optional<Place> lock;
    bool own_object;
  };

  void go(Frame frame) {
    const auto key = std::make_tuple(frame.code.function, frame.code.node, frame.lock.has_value(),
                                     frame.own_object);
    if (seen_.insert(key).second) waiting_.push_back(std::move(frame));
  }

  void visit(const Frame& frame) {
    const Site code = frame.code;
    const Function& function = *code.function;
    reached_.add(code);
    for (uint32_t i = code.node; i < function.node(code.node).end; ++i) {
      const LockedSpan* span = locked_.lock_at(function, i);
      std::optional<Place> lock = frame.lock;
      if (span != nullptr) lock = place_of(function.node(span->taken).cursor);
      const Call* call = function.call_at(i);
      if (lock) {
        if (auto sum = sum_at(function, i)) {
          if (!is_told(*sum, function, span)) add(*sum, *lock, frame);
          continue;  // an operator of its own does nothing but the sum
        } else if (call != nullptr) {
          if (const auto effect = call_effect(function, *call)) add(*effect, *lock, frame);
        }
      }
      if (call == nullptr) continue;
      for (const Site& next : locked_.called(function, *call)) {
        go({next, lock, has_own_object(*call, frame)});
      }
    }
  }

  bool has_own_object(const Call& call, const Frame& frame) const {
    const Function& function = *frame.code.function;
    if (is_null(call.callee)) return false;
    const CXCursorKind kind = clang_getCursorKind(call.callee);
    if (kind == CXCursor_Constructor) return true;
    if (kind != CXCursor_CXXMethod || !is_member(function, call)) return frame.own_object;
    const uint32_t callee = function.stripped(function.children(call.node)[0]);
    const std::vector<uint32_t> object = function.children(callee);
    if (object.empty()) return frame.own_object;
    return !values_.is_shared({&function, object[0]}, frame.code, frame.own_object);
  }

  // By the rules of OpenMP and of parallel algorithms.
  bool is_told(const Effect& effect, const Function& function, const LockedSpan* span) const {
    if (effect.kind != Kind::kFloatSum) return false;
    const Call* starts = launch_.at.function->call_at(launch_.at.node);
    return (span != nullptr && locked_.is_critical(function, *span)) ||
           (starts != nullptr && starts->name.starts_with("std::for_each"));
  }

  void add(Effect effect, const Place& lock, const Frame& frame) {
    const bool place = effect.changed != kNoNode;
    if (place && !values_.is_shared(effect.site.at(effect.changed), frame.code, frame.own_object)) {
      return;
    }
    if (values_.waits_for_turn(effect.site, frame.code)) return;
    effect.lock = lock;
    found_.push_back({std::move(effect), &launch_});
  }

  const Unit& unit_;
  Locked& locked_;
  const Launch& launch_;
  ThreadValues values_;
  Reached& reached_;
  std::deque<Frame> waiting_;
  std::set<std::tuple<const Function*, uint32_t, bool, bool>> seen_;
  std::vector<Arrival> found_;
};

bool adds_times(const Unit& unit, const Effect& effect) {
  return effect.value != kNoNode &&
         origin_of(unit.definitions(), effect.site.at(effect.value), [](const Site& site) {
           return clock_read(site).has_value();
         }).has_value();
}

Finding& report(const Unit& unit, Findings& findings, const Effect& effect, std::string evidence) {
  Finding& finding = findings.add("DET232", Cause::kThreadScheduling, effect.site);
  if (effect.kind == Kind::kFloatSum) {
    finding.message = fmt::format(
        "threads add to a `{}` under a lock, in the order in which they arrive", effect.type);
    finding.label = "whoever comes first is rounded first";
    finding.fix =
        "give each thread a place of its own, and fold these in index order once all are done";
    finding.replacement = addition_replacement(unit, effect.site.at(effect.changed), effect.type);
  } else {
    const bool output = effect.kind == Kind::kOutput;
    finding.message = fmt::format("{} under a lock by threads, in the order in which they arrive",
                                  effect_name(effect.kind));
    finding.label = "the schedule decides who comes first";
    finding.fix = output ? "collect the lines by index, and write them once all are done"
                         : "store each at an index of its own, or sort by a key of the elements "
                           "once all are done";
  }
  finding.evidence.push_back(fmt::format("the lock is taken at line {}", effect.lock.line));
  finding.evidence.push_back(std::move(evidence));
  return finding;
}

bool same_target(const Effect& a, const Effect& b) {
  if (is_null(a.target) || is_null(b.target)) return is_null(a.target) && is_null(b.target);
  return clang_equalCursors(a.target, b.target) != 0;
}

// More than one thread comes there: of one launch, of two, or the one that launched and another.
bool come_several(const std::vector<Arrival>& all, const Arrival& one) {
  return one.launch->several || std::any_of(all.begin(), all.end(), [&](const Arrival& other) {
           return other.launch != one.launch && same_target(other.effect, one.effect);
         });
}

// Nothing of this file calls it, so that others do.
bool is_for_others(const Unit& unit, const Function& function, int depth = 0) {
  constexpr int kMostCallers = 4;
  if (spelling(function.cursor()) == "main" ||
      !is_function(clang_getCursorKind(function.cursor()))) {
    return false;
  }
  const std::vector<Site>& uses = unit.uses(function.cursor());
  if (uses.empty()) return true;
  return depth < kMostCallers && std::any_of(uses.begin(), uses.end(), [&](const Site& use) {
           return use.function != &function && is_for_others(unit, *use.function, depth + 1);
         });
}

// Under its own locks, of functions that no thread of this file comes to.
std::vector<Effect> unseen_callers(const Unit& unit, Locked& locked, const Function& function) {
  std::vector<Effect> found;
  if (locked.spans(function).empty()) return found;
  const Launch none_known{{&function, 0}, {&function, 0}, {}};
  ThreadValues values(unit, none_known);
  for (uint32_t i = 1; i < function.nodes().size(); ++i) {
    const LockedSpan* span = locked.lock_at(function, i);
    if (span == nullptr || locked.is_critical(function, *span)) continue;
    auto sum = sum_at(function, i);
    if (!sum || !values.is_shared({&function, sum->changed}, {&function, 0})) continue;
    sum->lock = place_of(function.node(span->taken).cursor);
    found.push_back(std::move(*sum));
  }
  return found;
}

void judge_arrival(const Unit& unit, Findings& findings, const std::vector<Arrival>& all,
                   const std::vector<Effect>& outside, const Arrival& one) {
  const Effect& effect = one.effect;
  const bool also = std::any_of(outside.begin(), outside.end(),
                                [&](const Effect& other) { return same_target(other, effect); });
  if (!also && !come_several(all, one)) return;
  if (effect.kind == Kind::kFloatSum && adds_times(unit, effect)) return;
  if (effect.kind == Kind::kAppend &&
      !is_order_seen(unit, effect.site, *one.launch, effect.target)) {
    return;
  }
  const Site& at = one.launch->at;
  Finding& finding =
      report(unit, findings, effect,
             fmt::format("threads are started at line {}", place_of(at.cursor()).line));
  // Others who call the same function need not be threads.
  finding.callers = {{place_of(at.cursor()), at.function->name()}};
}

// Done by code that no thread of this file comes to: by who started one, or by whoever calls it.
void judge_outside(const Unit& unit, Findings& findings, const std::vector<Arrival>& all,
                   const Effect& effect) {
  if (adds_times(unit, effect)) return;
  const bool joined = std::any_of(all.begin(), all.end(), [&](const Arrival& each) {
    return same_target(each.effect, effect);
  });
  if (joined) {
    report(unit, findings, effect, "a thread that was started does the same");
  } else if (is_for_others(unit, *effect.site.function)) {
    report(unit, findings, effect,
           "who calls it is not in this file: the lock says that threads do");
  }
}

}  // namespace

void lock_order(const Unit& unit, Findings& findings) {
  Locked locked(unit);
  if (!locked.any()) return;
  const std::vector<Launch> all = launches(unit);
  std::vector<Arrival> arrivals;
  Reached reached;
  for (const Launch& launch : all) {
    for (Arrival& each : Walk(unit, locked, launch, reached).find()) {
      arrivals.push_back(std::move(each));
    }
  }
  std::vector<Effect> outside;
  for (const Function& function : unit.functions()) {
    for (Effect& effect : unseen_callers(unit, locked, function)) {
      if (!reached.contains(effect.site)) outside.push_back(std::move(effect));
    }
  }
  for (const Arrival& each : arrivals) judge_arrival(unit, findings, arrivals, outside, each);
  for (const Effect& effect : outside) judge_outside(unit, findings, arrivals, effect);
}

}  // namespace detaudit::rules::source
