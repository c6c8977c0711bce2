// OpenMP's reductions, atomic updates and critical sections over floats.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "rules/source/number_type.h"
#include "rules/source/openmp_directives.h"
#include "rules/source/operators.h"
#include "rules/source/replacement.h"
#include "rules/source/rules.h"

namespace detaudit::rules::source {
namespace {

struct Reduction {
  std::string operation;
  std::vector<std::string> variables;
  bool of_sections = false;  // of arrays
};

// reduction(modifier, + : a, b[0:n])
std::vector<Reduction> reductions(const Directive& directive) {
  std::vector<Reduction> all;
  const auto& words = directive.words;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const bool clause =
        words[i] == "reduction" || words[i] == "in_reduction" || words[i] == "task_reduction";
    if (!clause || words[i + 1] != "(") continue;
    Reduction reduction;
    bool listed = false;
    int brackets = 0;
    for (i += 2; i < words.size() && words[i] != ")"; ++i) {
      brackets += words[i] == "[" ? 1 : words[i] == "]" ? -1 : 0;
      reduction.of_sections |= brackets > 0;
      if (words[i] == ":" && brackets == 0) {
        listed = true;
      } else if (!listed && words[i] != ",") {
        reduction.operation = words[i];
      } else if (listed && brackets == 0 && words[i] != "," && words[i] != "]") {
        reduction.variables.push_back(words[i]);
      }
    }
    all.push_back(std::move(reduction));
  }
  return all;
}

bool runs_on_threads(const Directive& directive) {
  for (size_t i = 0; i + 2 < directive.words.size(); ++i) {
    if (directive.words[i] == "num_threads" && directive.words[i + 2] == "1") return false;
  }
  return directive.has("parallel") || directive.has("for") || directive.has("sections") ||
         directive.has("taskloop") || directive.has("teams") || directive.has("distribute") ||
         directive.has("taskgroup") || directive.has("task");
}

// Names of `#pragma omp declare reduction(name : type : combiner)` whose combiner does arithmetic.
std::set<std::string> declared_sums(const std::vector<Directive>& directives) {
  std::set<std::string> names;
  for (const Directive& directive : directives) {
    const auto& words = directive.words;
    if (words.size() < 5 || words[0] != "declare" || words[1] != "reduction") continue;
    for (size_t i = 4; i + 1 < words.size() && words[i] != "initializer"; ++i) {
      const bool arrow = words[i] == "-" && words[i + 1] == ">";
      if (words[i] == "+" || words[i] == "*" || (words[i] == "-" && !arrow)) names.insert(words[3]);
    }
  }
  return names;
}

bool adds(const std::string& operation, const std::set<std::string>& declared) {
  return operation == "+" || operation == "-" || operation == "*" || declared.contains(operation);
}

// The type of a variable by its name, as the code at hand means it.
std::string type_of(const Site& statement, const std::string& name) {
  const Function& function = *statement.function;
  auto type = [&](uint32_t i) {
    const CXType declared = clang_getCursorType(function.node(i).cursor);
    const std::string plain = float_type(declared);
    return plain.empty() ? pointed_float_type(declared) : plain;
  };
  for (uint32_t i = statement.node; i < function.node(statement.node).end; ++i) {
    const CXCursorKind kind = function.node(i).kind;
    const bool reference = kind == CXCursor_DeclRefExpr || kind == CXCursor_MemberRefExpr;
    if (reference && spelling(function.node(i).cursor) == name) return type(i);
  }
  std::string found;
  for (uint32_t i = 1; i < statement.node; ++i) {
    const CXCursorKind kind = function.node(i).kind;
    const bool variable = kind == CXCursor_VarDecl || kind == CXCursor_ParmDecl;
    if (variable && spelling(function.node(i).cursor) == name) found = type(i);
  }
  return found;
}

Finding& report(Findings& findings, const Site& site, std::string message) {
  Finding& finding = findings.add("DET230", Cause::kThreadScheduling, site);
  finding.message = std::move(message);
  finding.fix =
      "sum fixed blocks, each into its own element (`schedule(static)`, a block size that "
      "depends on the size alone), and fold the blocks in index order";
  return finding;
}

void judge_reductions(Findings& findings, const Site& statement, const Directive& directive,
                      const std::set<std::string>& declared) {
  if (!runs_on_threads(directive)) return;
  for (const Reduction& reduction : reductions(directive)) {
    if (!adds(reduction.operation, declared)) continue;
    for (const std::string& variable : reduction.variables) {
      const std::string type = type_of(statement, variable);
      if (type.empty()) continue;
      Finding& finding = report(
          findings, statement,
          fmt::format("an OpenMP reduction combines threads' `{}` sums in no fixed order", type));
      finding.place = directive.place;
      finding.label = "threads' parts are combined in any order";
      finding.evidence.push_back(fmt::format("over `{}`", variable));
      const bool sum = reduction.operation != "*" && !reduction.of_sections;
      if (sum) finding.replacement = sum_replacement(type);
      if (directive.has("dynamic") || directive.has("guided")) {
        finding.evidence.push_back("which thread has which iteration is decided at run time, too");
      }
    }
  }
}

// `x += v`, `x = x + v`: the float type that is accumulated into, or empty.
std::string accumulated_type(const Function& function, const Assignment& assignment) {
  const std::string type =
      float_type(clang_getCursorType(function.node(assignment.target).cursor));
  if (type.empty() || assignment.compound) return type;
  const CXCursor target = base_variable(function, assignment.target);
  for (uint32_t i = assignment.value; i < function.node(assignment.value).end; ++i) {
    if (!is_null(target) && clang_equalCursors(base_variable(function, i), target)) return type;
  }
  return "";
}

bool declared_within(const Function& function, CXCursor variable, uint32_t statement) {
  for (uint32_t i = statement; i < function.node(statement).end; ++i) {
    if (function.node(i).kind == CXCursor_VarDecl &&
        clang_equalCursors(declaration(function.node(i).cursor), variable)) {
      return true;
    }
  }
  return false;
}

void judge_updates(const Unit& unit, Findings& findings, const Site& statement,
                   const Directive& directive) {
  const Function& function = *statement.function;
  const bool atomic = directive.has("atomic");
  for (uint32_t i = statement.node; i < function.node(statement.node).end; ++i) {
    const Assignment assignment = assignment_at(function, i);
    if (assignment.node == kNoNode) continue;
    const std::string type = accumulated_type(function, assignment);
    const CXCursor target = base_variable(function, assignment.target);
    if (type.empty() || declared_within(function, target, statement.node)) continue;
    Finding& finding =
        report(findings, {&function, i},
               fmt::format("threads add to a `{}` one after the other, in no fixed order", type));
    finding.label = "whoever comes first is rounded first";
    finding.evidence.push_back(fmt::format("under `#pragma omp {}` at line {}",
                                           atomic ? "atomic" : "critical", directive.place.line));
    finding.replacement = addition_replacement(unit, {&function, assignment.target}, type);
  }
}

}  // namespace

void openmp(const Unit& unit, Findings& findings) {
  const std::vector<Directive> directives = openmp_directives(unit);
  if (directives.empty()) return;
  const std::set<std::string> declared = declared_sums(directives);
  for (const Function& function : unit.functions()) {
    for (const Directive& directive : directives) {
      const auto statement = statement_of(function, directive);
      if (!statement) continue;
      judge_reductions(findings, *statement, directive, declared);
      if (directive.has("atomic") || directive.has("critical")) {
        judge_updates(unit, findings, *statement, directive);
      }
    }
  }
}

}  // namespace detaudit::rules::source
