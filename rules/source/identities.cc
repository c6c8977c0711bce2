// Values that name time, schedule, address or machine, in computations: as indices of numbers, in
// what a kernel stores, and of times in hashes. Measuring and printing times is no computation; nor
// is a table that is looked up by threads or addresses.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "rules/source/number_type.h"
#include "rules/source/operators.h"
#include "rules/source/rules.h"
#include "rules/source/seeding.h"
#include "rules/source/value_sources.h"

namespace detaudit::rules::source {
namespace {

std::optional<std::string> schedule_read(const Site& site) {
  for (const auto& read : {clock_read(site), identity_read(site), register_read(site)}) {
    if (read) return read;
  }
  return std::nullopt;
}

// getenv("HOSTNAME")
bool names_machine_in(const Function& function, const std::vector<uint32_t>& arguments) {
  if (arguments.size() != 1 || arguments[0] == kNoNode) return false;
  const std::string text = spelling(function.node(function.stripped(arguments[0])).cursor);
  return text == "\"HOSTNAME\"" || text == "\"HOST\"" || text == "\"COMPUTERNAME\"";
}

std::optional<std::string> machine_read(const Site& site) {
  const Call* call = site.function->call_at(site.node);
  if (call == nullptr || !call->in_system) return std::nullopt;
  const bool variable =
      call->name == "getenv" || call->name == "std::getenv" || call->name == "secure_getenv";
  const bool names_machine = call->name == "gethostname" || call->name == "uname" ||
                             (variable && names_machine_in(*site.function, call->arguments));
  return names_machine ? std::optional(call->name) : std::nullopt;
}

std::optional<Site> origin(const Unit& unit, const Site& value,
                           std::optional<std::string> (*read)(const Site&)) {
  return origin_of(
      unit.definitions(), value, [&](const Site& site) { return read(site).has_value(); },
      {false, true, false});
}

// An expression that decides a place or a number: what goes in shows in results.
enum class Use { kIndex, kHash, kStored, kSeed };
struct Sink {
  Site value;
  Use use;
};

const char* use_name(Use use) {
  switch (use) {
    case Use::kIndex:
      return "an index of numbers";
    case Use::kHash:
      return "a hash";
    case Use::kStored:
      return "a number that is stored";
    case Use::kSeed:
      return "a seed";
  }
  return "";
}

bool holds_numbers(const Function& function, uint32_t element) {
  return !float_type(clang_getCursorType(function.node(element).cursor)).empty();
}

// Takes the lowest digits, which are another in every run.
bool mixes(CXBinaryOperatorKind kind) {
  switch (kind) {
    case CXBinaryOperator_Rem:
    case CXBinaryOperator_Xor:
    case CXBinaryOperator_And:
    case CXBinaryOperator_RemAssign:
    case CXBinaryOperator_XorAssign:
    case CXBinaryOperator_AndAssign:
      return true;
    default:
      return false;
  }
}

void add_sinks(const Function& function, uint32_t index, std::vector<Sink>& sinks) {
  const Node& node = function.node(index);
  const std::vector<uint32_t> parts = function.children(index);
  if (node.kind == CXCursor_ArraySubscriptExpr && parts.size() == 2) {
    if (holds_numbers(function, index)) sinks.push_back({{&function, parts[1]}, Use::kIndex});
  } else if (node.kind == CXCursor_CallExpr && spelling(node.cursor) == "operator[]" &&
             parts.size() == 3) {
    if (holds_numbers(function, index)) sinks.push_back({{&function, parts[2]}, Use::kIndex});
  } else if ((node.kind == CXCursor_BinaryOperator ||
              node.kind == CXCursor_CompoundAssignOperator) &&
             parts.size() == 2) {
    if (mixes(binary_operator(node))) {
      for (const uint32_t part : parts) sinks.push_back({{&function, part}, Use::kHash});
    }
  } else if (const Call* call = function.call_at(index)) {
    if (call->name.starts_with("std::hash::operator()") && call->arguments.size() > 1 &&
        call->arguments[1] != kNoNode) {
      sinks.push_back({{&function, call->arguments[1]}, Use::kHash});
    }
  }
}

// What a kernel stores as a floating-point number.
void add_stores(const Function& function, uint32_t index, std::vector<Sink>& sinks) {
  const Assignment store = assignment_at(function, index);
  if (store.node == kNoNode) return;
  const uint32_t target = function.stripped(store.target);
  const CXCursorKind kind = function.node(target).kind;
  const bool memory = kind == CXCursor_ArraySubscriptExpr || kind == CXCursor_UnaryOperator;
  if (!memory || float_type(clang_getCursorType(function.node(target).cursor)).empty()) return;
  sinks.push_back({{&function, store.value}, Use::kStored});
}

void report(Findings& findings, const char* code, const Sink& sink, const Site& source,
            const std::string& read) {
  const bool machine = std::string_view(code) == "DET271";
  Finding& finding = findings.add(
      code, machine ? Cause::kEnvironment : Cause::kThreadScheduling, sink.value);
  finding.message = fmt::format("`{}` goes into {}", read, use_name(sink.use));
  finding.label = machine ? "another machine, another value" : "another value in every run";
  finding.evidence.push_back(fmt::format("read at line {}", place_of(source.cursor()).line));
  finding.fix = machine ? "use the rank, or a setting of the run"
                        : "use indices that the problem gives: of the element, the block, the rank";
}

bool is_within(const Site& part, const Seeding& seeding) {
  return std::any_of(seeding.seeds.begin(), seeding.seeds.end(), [&](const Site& seed) {
    return part.function == seed.function && part.node >= seed.node &&
           part.node < seed.function->node(seed.node).end;
  });
}

void judge(const Unit& unit, Findings& findings, const Sink& sink) {
  if (const auto source = origin(unit, sink.value, machine_read)) {
    return report(findings, "DET271", sink, *source, *machine_read(*source));
  }
  // Threads hash their ids to find what is theirs; times have no such use.
  const auto read = sink.use == Use::kHash ? clock_read : schedule_read;
  if (const auto source = origin(unit, sink.value, read)) {
    return report(findings, "DET270", sink, *source, *read(*source));
  }
  // Alignment is asked of addresses by `%`: of them an index alone is a hazard.
  if (sink.use != Use::kIndex) return;
  if (const auto source = origin(unit, sink.value, address_read)) {
    report(findings, "DET270", sink, *source, *address_read(*source));
  }
}

}  // namespace

void identities(const Unit& unit, Findings& findings) {
  std::vector<Sink> sinks;
  for (const Function& function : unit.functions()) {
    for (uint32_t i = 1; i < function.nodes().size(); ++i) {
      add_sinks(function, i, sinks);
      if (function.on_device()) add_stores(function, i, sinks);
    }
  }
  const std::vector<Seeding> all = seedings(unit);
  // Of what becomes a seed, time and schedule are the seeds' rule's.
  std::erase_if(sinks, [&](const Sink& sink) {
    return sink.use == Use::kHash &&
           std::any_of(all.begin(), all.end(),
                       [&](const Seeding& seeding) { return is_within(sink.value, seeding); });
  });
  for (const Sink& sink : sinks) judge(unit, findings, sink);
  for (const Seeding& seeding : all) {
    for (const Site& seed : seeding.seeds) {
      const auto source = origin(unit, seed, machine_read);
      if (source) report(findings, "DET271", {seed, Use::kSeed}, *source, *machine_read(*source));
    }
  }
}

}  // namespace detaudit::rules::source
