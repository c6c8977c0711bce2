// Entries of directories in the order in which the system lists them.
#include <fmt/format.h>

#include <algorithm>

#include "rules/source/constant.h"
#include "rules/source/containers.h"
#include "rules/source/iteration.h"
#include "rules/source/order_effects.h"
#include "rules/source/rules.h"

namespace detaudit::rules::source {
namespace {

constexpr long long kGlobNoSort = 4;  // GLOB_NOSORT of glibc

void report(Findings& findings, const Site& site, const std::string& by) {
  Finding& finding = findings.add("DET223", Cause::kDataOrder, site);
  finding.message = fmt::format("entries of a directory are used in the order of `{}`", by);
  finding.label = "the file system decides the order";
  finding.fix = "collect the paths, sort them, and go on from there";
}

bool shows_order(const Unit& unit, const Iteration& iteration) {
  const std::vector<OrderEffect> effects = order_effects(unit, iteration, HandedOn::kCounts);
  return std::any_of(effects.begin(), effects.end(), [&](const OrderEffect& effect) {
    return effect.kind != OrderEffect::Kind::kAppend ||
           !is_sorted_later(unit, *iteration.function, effect.target);
  });
}

void judge_iterators(const Unit& unit, Findings& findings, const Function& function) {
  for (const Iteration& iteration : iterations(function)) {
    const CXType range = clang_getCursorType(function.node(iteration.range).cursor);
    if (!is_directory_iterator(range) || iteration.body == kNoNode) continue;
    if (shows_order(unit, iteration)) {
      report(findings, {&function, iteration.range}, container_name(range));
    }
  }
}

// std::vector<fs::path> files(fs::directory_iterator(folder), {});
void judge_sequences(const Unit& unit, Findings& findings, const Function& function) {
  for (const Call& call : function.calls()) {
    const bool constructor =
        !is_null(call.callee) && clang_getCursorKind(call.callee) == CXCursor_Constructor;
    if (!call.in_system || call.arguments.size() < 2 || call.arguments[0] == kNoNode) continue;
    const CXType first = clang_getCursorType(function.node(call.arguments[0]).cursor);
    if (!is_directory_iterator(first)) continue;
    const std::string made = type_name(clang_getCursorType(function.node(call.node).cursor));
    const bool copy = call.name == "std::copy" || call.name == "std::transform";
    if (!copy && !(constructor && made.starts_with("std::vector<"))) continue;
    const uint32_t holder = function.parent_of(call.node);
    const bool kept = holder != kNoNode && function.node(holder).kind == CXCursor_VarDecl;
    if (kept && is_sorted_later(unit, function, declaration(function.node(holder).cursor)))
      continue;
    const CXCursor into = copy && call.arguments.size() > 2 && call.arguments[2] != kNoNode
                              ? base_variable(function, call.arguments[2])
                              : none();
    if (!is_null(into) && is_sorted_later(unit, function, into)) continue;
    report(findings, {&function, call.node}, container_name(first));
  }
}

// The loop around a call of readdir.
std::optional<Iteration> reading_loop(const Function& function, uint32_t call) {
  for (uint32_t at = function.node(call).parent; at != kNoNode; at = function.node(at).parent) {
    const CXCursorKind kind = function.node(at).kind;
    if (kind != CXCursor_WhileStmt && kind != CXCursor_ForStmt && kind != CXCursor_DoStmt) continue;
    return Iteration{&function, at, call, at, none()};
  }
  return std::nullopt;
}

bool is_null_pointer(const Function& function, uint32_t argument) {
  if (argument == kNoNode) return false;
  const uint32_t index = function.stripped(argument);
  const CXCursorKind kind = function.node(index).kind;
  return kind == CXCursor_CXXNullPtrLiteralExpr || kind == CXCursor_GNUNullExpr ||
         integer_constant(function.node(index).cursor) == 0;
}

void judge_c_functions(const Unit& unit, Findings& findings, const Function& function) {
  for (const Call& call : function.calls()) {
    if (!call.in_system) continue;
    const Site site{&function, call.node};
    auto argument = [&](size_t at) {
      return at < call.arguments.size() ? call.arguments[at] : kNoNode;
    };
    if (call.name == "readdir" || call.name == "readdir64" || call.name == "readdir_r") {
      const auto loop = reading_loop(function, call.node);
      if (loop && shows_order(unit, *loop)) report(findings, site, call.name);
    } else if (call.name == "scandir" || call.name == "scandirat") {
      const size_t comparison = call.name == "scandir" ? 3 : 4;
      if (is_null_pointer(function, argument(comparison))) report(findings, site, call.name);
    } else if (call.name == "fts_open") {
      if (is_null_pointer(function, argument(2))) report(findings, site, call.name);
    } else if (call.name == "glob" && argument(1) != kNoNode) {
      const auto flags = integer_constant(function.node(argument(1)).cursor);
      if (flags && (*flags & kGlobNoSort) != 0) report(findings, site, "glob with GLOB_NOSORT");
    }
  }
}

}  // namespace

void directory_order(const Unit& unit, Findings& findings) {
  for (const Function& function : unit.functions()) {
    judge_iterators(unit, findings, function);
    judge_sequences(unit, findings, function);
    judge_c_functions(unit, findings, function);
  }
}

}  // namespace detaudit::rules::source
