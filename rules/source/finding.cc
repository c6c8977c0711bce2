#include "rules/source/finding.h"

#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "rules/source/rules.h"

namespace detaudit::rules::source {
namespace {

constexpr size_t kMostCallers = 64;

auto key(const Finding& finding) {
  return std::tie(finding.place.file, finding.place.line, finding.place.column, finding.code);
}

// Breadth first, so the nearest come first.
std::vector<Finding::Caller> callers_of(const Unit& unit, const Function& function) {
  std::vector<Finding::Caller> callers;
  std::unordered_set<const Function*> seen{&function};
  std::vector<const Function*> level{&function};
  while (!level.empty() && callers.size() < kMostCallers) {
    std::vector<const Function*> next;
    for (const Function* called : level) {
      for (const Site& site : unit.uses(called->cursor())) {
        if (callers.size() == kMostCallers) return callers;
        callers.push_back(
            {place_of(site.cursor()), site.function->name()});
        if (seen.insert(site.function).second) next.push_back(site.function);
      }
    }
    level = std::move(next);
  }
  return callers;
}

void join(Finding& into, Finding&& other) {
  for (std::string& fact : other.evidence) {
    if (std::find(into.evidence.begin(), into.evidence.end(), fact) == into.evidence.end()) {
      into.evidence.push_back(std::move(fact));
    }
  }
  if (into.replacement != other.replacement)
    into.replacement.clear();  // instantiations of other types
  for (Finding::Caller& caller : other.callers) into.callers.push_back(std::move(caller));
}

}  // namespace

Finding& Findings::add(const char* code, Cause cause, Site site) {
  Finding finding;
  finding.code = code;
  finding.cause = cause;
  finding.place = place_of(site.cursor());
  finding.function = site.function->name();
  finding.in_kernel = site.function->is_kernel();
  finding.callers = callers_of(unit_, *site.function);
  found_.push_back(std::move(finding));
  return found_.back();
}

std::vector<Finding> Findings::take() {
  std::stable_sort(found_.begin(), found_.end(),
                   [](const Finding& a, const Finding& b) { return key(a) < key(b); });
  std::vector<Finding> all;
  for (Finding& finding : found_) {
    if (!all.empty() && key(all.back()) == key(finding)) {
      join(all.back(), std::move(finding));
    } else {
      all.push_back(std::move(finding));
    }
  }
  return all;
}

std::vector<Finding> judge(const Unit& unit) {
  Findings findings(unit);
  for (const Rule rule : all_rules()) rule(unit, findings);
  return findings.take();
}

}  // namespace detaudit::rules::source
