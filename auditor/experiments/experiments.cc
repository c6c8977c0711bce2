#include "auditor/experiments/experiments.h"

#include <algorithm>
#include <fmt/format.h>

#include "auditor/experiments/evidence.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using rules::Factor;

// Steps run past the first origin: a cause that shows at some steps only gets several chances.
constexpr uint64_t kMarginSteps = 4;
constexpr unsigned kAttempts = 3;

ArmScope scope_for(const std::vector<OriginGroup>& groups) {
  ArmScope scope;
  for (const OriginGroup& group : groups) {
    scope.last_step = std::max(scope.last_step, group.first.step + kMarginSteps);
    scope.identities.insert(scope.identities.end(), group.identities.begin(),
                            group.identities.end());
    if (group.first.kind == instrument::EventKind::kOperation) {
      scope.replay_ops.push_back(instrument::text_hash(group.first.op));
    }
  }
  return scope;
}

bool was_read(const std::vector<RunFacts>& facts, instrument::SourceKind kind) {
  return std::any_of(facts.begin(), facts.end(), [&](const RunFacts& run) {
    return std::any_of(run.sources.begin(), run.sources.end(),
                       [&](const auto& source) { return source.kind == kind; });
  });
}

bool runs_python(const Subject& subject) {
  const std::string program = fs::path(subject.argv.at(0)).filename().string();
  return program.rfind("python", 0) == 0 || fs::path(program).extension() == ".py";
}

// Factors that can matter here: what was never read cannot decide anything.
std::vector<Factor> factors_for(const Plan& plan, const std::vector<RunFacts>& facts) {
  std::vector<Factor> factors = {Factor::kMemory, Factor::kAddresses};
  if (was_read(facts, instrument::SourceKind::kEntropy)) factors.push_back(Factor::kEntropy);
  if (was_read(facts, instrument::SourceKind::kClock)) factors.push_back(Factor::kClock);
  if (runs_python(plan.subject)) factors.push_back(Factor::kHashSeed);
  return factors;
}

// Gathers into one Experiments what the arms show, arm by arm.
class Session {
 public:
  Session(const Plan& plan, const std::vector<OriginGroup>& groups, Experiments& result,
          const ArmOutlet& outlet)
      : plan_(plan), groups_(groups), result_(result), arms_(plan, scope_for(groups), outlet) {}

  // Everything held, twice. False when the subject did not survive it.
  bool hold() {
    held_ = arms_.run("held-0", held_conditions(plan_), false);
    const auto again = held_ ? arms_.run("held-1", held_conditions(plan_), false) : std::nullopt;
    if (!again) return false;
    const Comparison comparison = arms_.compare(*held_, *again);
    size_t agreed = 0;
    for (size_t i = 0; i < groups_.size(); ++i) {
      tally(groups_[i], comparison, result_.evidence[i].held);
      agreed += result_.evidence[i].held.pairs > 0 && result_.evidence[i].held.diverged == 0;
    }
    result_.lines.push_back(fmt::format("every factor held, one worker, two runs: {} of {} origins "
                                        "agreed", agreed, groups_.size()));
    return true;
  }

  void free(Factor factor) {
    for (unsigned value = 1; value <= kAttempts; ++value) {
      const std::string name = fmt::format("free-{}-{}", static_cast<int>(factor), value);
      const auto run = arms_.run(name, freed_conditions(plan_, factor, value), false);
      if (!run) return;
      if (count(factor, *held_, *run)) break;
      // A fill or a clock either matters or does not; layouts differ by chance.
      if (factor != Factor::kAddresses) break;
    }
    summarise(factor);
  }

  // The schedule has no held value when free, so its runs are compared with one another. The first
  // also replays the origins' operations.
  void free_schedule() {
    const auto first = arms_.run("free-schedule-0", freed_conditions(plan_, Factor::kSchedule, 0), true);
    if (!first) return;
    const RunFacts facts = read_run(*first);
    for (size_t i = 0; i < groups_.size(); ++i) add_replays(groups_[i], facts, result_.evidence[i]);
    for (unsigned value = 1; value <= kAttempts; ++value) {
      const auto run = arms_.run(fmt::format("free-schedule-{}", value),
                                 freed_conditions(plan_, Factor::kSchedule, value), true);
      if (!run) return;
      if (count(Factor::kSchedule, *first, *run) || settled()) break;
    }
    summarise(Factor::kSchedule);
  }

  void finish() {
    for (const std::string& note : arms_.notes()) result_.lines.push_back(note);
  }

 private:
  // Tallies one pair for every group; true when every group has diverged under this factor.
  bool count(Factor factor, const fs::path& a, const fs::path& b) {
    const Comparison comparison = arms_.compare(a, b);
    bool all = true;
    for (size_t i = 0; i < groups_.size(); ++i) {
      rules::FactorOutcome& outcome = outcome_of(result_.evidence[i], factor);
      const unsigned before = outcome.diverged;
      tally(groups_[i], comparison, outcome);
      if (outcome.diverged > before && !result_.evidence[i].replay_free) {
        add_captured_magnitude(groups_[i], a, b, result_.evidence[i]);
      }
      all = all && outcome.diverged > 0;
    }
    return all;
  }

  // True when no group waits for a proof any more.
  bool settled() const {
    return std::all_of(result_.evidence.begin(), result_.evidence.end(), [](const auto& evidence) {
      return std::any_of(evidence.freed.begin(), evidence.freed.end(),
                         [](const auto& outcome) { return outcome.diverged > 0; });
    });
  }

  static rules::FactorOutcome& outcome_of(rules::OriginEvidence& evidence, Factor factor) {
    for (rules::FactorOutcome& outcome : evidence.freed) {
      if (outcome.factor == factor) return outcome;
    }
    return evidence.freed.emplace_back(rules::FactorOutcome{factor, 0, 0});
  }

  void summarise(Factor factor) {
    size_t parted = 0, reached = 0;
    for (rules::OriginEvidence& evidence : result_.evidence) {
      const rules::FactorOutcome& outcome = outcome_of(evidence, factor);
      parted += outcome.diverged > 0;
      reached += outcome.pairs > 0;
    }
    result_.lines.push_back(fmt::format("{} alone let vary: {} of {} origins reached, {} parted",
                                        rules::factor_name(factor), reached, groups_.size(),
                                        parted));
  }

  const Plan& plan_;
  const std::vector<OriginGroup>& groups_;
  Experiments& result_;
  Arms arms_;
  std::optional<fs::path> held_;
};

}  // namespace

Experiments run_experiments(const Plan& plan, const std::vector<OriginGroup>& groups,
                            const std::vector<RunFacts>& facts, const ArmOutlet& outlet) {
  Experiments result;
  for (const OriginGroup& group : groups) {
    result.evidence.push_back(recorded_evidence(group, facts));
  }
  if (groups.empty()) return result;
  Session session(plan, groups, result, outlet);
  if (session.hold()) {
    for (Factor factor : factors_for(plan, facts)) session.free(factor);
    session.free_schedule();
  }
  session.finish();
  return result;
}

}  // namespace detaudit::auditor
