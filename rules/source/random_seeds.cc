// Random generators whose seeds differ from run to run, or were chosen by nobody.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "rules/source/rules.h"
#include "rules/source/seeding.h"
#include "rules/source/value_sources.h"

namespace detaudit::rules::source {
namespace {

// Functions that share a generator, and those that seed it.
struct SharedGenerator {
  std::array<std::string_view, 5> drawing, seeding;
};
constexpr std::array<SharedGenerator, 2> kShared = {{
    {{"rand", "random", "std::rand", "std::random", "std::random_shuffle"},
     {"srand", "srandom", "initstate", "std::srand"}},
    {{"drand48", "lrand48", "mrand48"}, {"srand48", "seed48"}},
}};

bool contains(const std::array<std::string_view, 5>& names, std::string_view name) {
  return !name.empty() && std::find(names.begin(), names.end(), name) != names.end();
}

constexpr const char* kSeedFix =
    "seed from the run's configuration, and record the seed; parts of a run get seeds derived from "
    "it";

std::optional<std::string> time_or_identity(const Site& site) {
  for (const auto& found :
       {clock_read(site), register_read(site), identity_read(site), address_read(site)}) {
    if (found) return found;
  }
  return std::nullopt;
}

bool reads_time(const Site& site) { return time_or_identity(site).has_value(); }

// Of a seed that comes in as an argument the calls are wrong that pass the time, not the seeding.
std::vector<Site> blamed(const Unit& unit, const Site& sink, const Site& seed) {
  if (origin_of(unit.definitions(), seed, reads_time, {false, true})) return {sink};
  std::vector<Site> found;
  std::set<const Function*> seen{sink.function};
  std::vector<const Function*> level{sink.function};
  while (!level.empty() && found.empty()) {
    std::vector<const Function*> next;
    for (const Function* called : level) {
      for (const Site& site : unit.uses(called->cursor())) {
        if (origin_of(unit.definitions(), site, reads_time, {false, true})) found.push_back(site);
        if (seen.insert(site.function).second) next.push_back(site.function);
      }
    }
    level = std::move(next);
  }
  return found.empty() ? std::vector{sink} : found;
}

bool seeded_later(const Unit& unit, const Site& engine) {
  const Function& function = *engine.function;
  const uint32_t above = function.parent_of(engine.node);
  if (above == kNoNode) return false;
  // A member or variable that something else gives a state.
  const CXCursor variable = function.node(above).cursor;
  const CXCursorKind kind = clang_getCursorKind(variable);
  if (kind != CXCursor_VarDecl && kind != CXCursor_FieldDecl) return false;
  return unit.definitions().of(variable).size() > 1;
}

void report_default(Findings& findings, const Site& site, const std::string& generator) {
  Finding& finding = findings.add("DET212", Cause::kUnseededRng, site);
  finding.message = fmt::format("`{}` runs on its library's default seed", generator);
  finding.label = "nobody chose this seed";
  finding.fix = "pass the run's seed, and record it";
}

// An engine that is a member, and that nothing gives a state: at its first draw.
void report_plain_members(const Unit& unit, Findings& findings) {
  std::set<unsigned> seen;
  for (const Function& function : unit.functions()) {
    for (const Call& call : function.calls()) {
      for (const uint32_t argument : call.arguments) {
        const CXCursor member = base_variable(function, argument);
        if (is_null(member) || clang_getCursorKind(member) != CXCursor_FieldDecl) continue;
        const CXCursor engine =
            clang_getTypeDeclaration(clang_getCanonicalType(clang_getCursorType(member)));
        const CXCursor record = clang_getCursorSemanticParent(member);
        if (!is_engine(engine) || !unit.definitions().of(member).empty() ||
            !unit.sees_whole(record) || !seen.insert(clang_hashCursor(member)).second) {
          continue;
        }
        report_default(findings, {&function, call.node}, qualified_name(engine));
      }
    }
  }
}

// A member that is made with its object, where no constructor is seen.
bool is_of_plain_member(const Unit& unit, const Site& call) {
  const CXCursor device = base_variable(*call.function, call.node);
  return !is_null(device) && clang_getCursorKind(device) == CXCursor_FieldDecl &&
         unit.definitions().of(device).empty();
}

// One place is enough.
void report_first_draw(const Unit& unit, Findings& findings, const SharedGenerator& generator) {
  for (const Function& function : unit.functions()) {
    for (const Call& call : function.calls()) {
      if (!call.in_system || !contains(generator.drawing, call.name)) continue;
      return report_default(findings, {&function, call.node}, call.name);
    }
  }
}

}  // namespace

void time_seeds(const Unit& unit, Findings& findings) {
  for (const Seeding& seeding : seedings(unit)) {
    for (const Site& seed : seeding.seeds) {
      const auto source = origin_of(unit.definitions(), seed, reads_time);
      if (!source) continue;
      const std::string read = *time_or_identity(*source);
      for (const Site& site : blamed(unit, seeding.site, seed)) {
        Finding& finding = findings.add("DET211", Cause::kTimeDependence, site);
        finding.message = fmt::format("`{}` is seeded from `{}`", seeding.generator, read);
        finding.label = "another seed in every run";
        finding.call = read;
        const Place place = place_of(source->cursor());
        finding.evidence.push_back(fmt::format("`{}` is read at line {}", read, place.line));
        finding.fix = kSeedFix;
      }
      break;
    }
  }
}

void default_seeds(const Unit& unit, Findings& findings) {
  const std::vector<Seeding> all = seedings(unit);
  for (const Seeding& seeding : all) {
    if (seeding.seeds.empty() && !seeded_later(unit, seeding.site)) {
      report_default(findings, seeding.site, seeding.generator);
    }
  }
  report_plain_members(unit, findings);
  for (const SharedGenerator& generator : kShared) {
    const bool seeded = std::any_of(all.begin(), all.end(), [&](const Seeding& seeding) {
      return contains(generator.seeding, seeding.generator);
    });
    if (!seeded) report_first_draw(unit, findings, generator);
  }
}

void entropy_sources(const Unit& unit, Findings& findings) {
  std::set<std::pair<std::string, unsigned>> lines;  // one finding a line, however often it is read
  bool constructed = false;
  for (const Function& function : unit.functions()) {
    for (const Call& call : function.calls()) {
      constructed |= call.name == "std::random_device::random_device";
    }
  }
  for (const Function& function : unit.functions()) {
    for (const Call& call : function.calls()) {
      const Site site{&function, call.node};
      const auto read = entropy_read(site);
      // Of a device that is made here, the making is enough.
      if (!read || (constructed && call.name == "std::random_device::operator()" &&
                    !is_of_plain_member(unit, site))) {
        continue;
      }
      const Place place = place_of(site.cursor());
      if (!lines.emplace(place.file, place.line).second) continue;
      Finding& finding = findings.add("DET210", Cause::kUnseededRng, site);
      finding.message = fmt::format("`{}` reads the system's entropy", *read);
      finding.label = "other values in every run";
      finding.call = *read;
      finding.fix = kSeedFix;
    }
  }
}

}  // namespace detaudit::rules::source
