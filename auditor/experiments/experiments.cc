#include "auditor/experiments/experiments.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "auditor/experiments/evidence.h"
#include "auditor/experiments/factors.h"
#include "rules/rule.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using rules::Factor;

// Steps run past the first origin: a cause that shows at some steps only gets several chances.
constexpr uint64_t kMarginSteps = 8;

// Runs a factor is given to part at all, before any is counted. What is seeded either varies or
// does not; layouts and schedules come out alike by chance.
constexpr unsigned kScreens = 3, kScreensByChance = 5;

// Arms after which the evidence is looked at. If nothing parts while held, six of six freed ones
// are a proof at the first look, 8 of 12 at the second, 9 of 24 at the third.
struct Look {
  unsigned held, freed;
};
constexpr std::array<Look, 3> kLooks = {{{8, 6}, {16, 12}, {32, 24}}};
constexpr unsigned kHeldBeforeFutile = 4;

// Of the budget, after which what was found is to be proven first: six runs of a slow subject.
constexpr double kShareToProve = 0.2;

// Arms that replay: enough for an operation that varies in one execution of fifteen; then, where
// nothing else decided, for one of some hundred and fifty.
constexpr unsigned kReplayArms = 6, kLongReplayArms = 3;

// Runs under a free schedule have no held one to be seen against, but one another. One reference
// may be the odd one out; of three the one that most others are like says what varies.
constexpr size_t kReferences = 3;

ArmScope scope_for(const std::vector<OriginGroup>& groups) {
  ArmScope scope;
  bool to_the_end = false;
  for (const OriginGroup& group : groups) {
    const bool is_end = group.shape == DivergenceShape::kEndsDiffer;
    to_the_end |= group.first.kind == instrument::EventKind::kOutput;
    scope.outputs |= group.first.kind == instrument::EventKind::kOutput && !is_end;
    scope.last_step = std::max(scope.last_step, group.first.step + kMarginSteps);
    scope.identities.insert(scope.identities.end(), group.identities.begin(),
                            group.identities.end());
    if (group.first.kind == instrument::EventKind::kOperation) {
      scope.replay_ops.push_back(instrument::text_hash(group.first.op));
    }
  }
  auto& identities = scope.identities;
  std::sort(identities.begin(), identities.end());
  identities.erase(std::unique(identities.begin(), identities.end()), identities.end());
  // What an output carries, or an end, may come from any step.
  if (to_the_end) scope.last_step = UINT64_MAX;
  return scope;
}

// Whether outputs have other names in other runs. A name that an earlier arm's file has is not
// drawn again, so arms that draw the same names start without one another's files.
bool new_names(const std::vector<OriginGroup>& groups) {
  return std::any_of(groups.begin(), groups.end(), [](const OriginGroup& group) {
    return group.shape == DivergenceShape::kOnlyInOneRun &&
           group.first.kind == instrument::EventKind::kOutput;
  });
}

// Gathers into one Experiments what the arms show, arm by arm.
class Session {
 public:
  Session(const Plan& plan, const std::vector<OriginGroup>& groups, const AuditedRuns& runs,
          Experiments& result, const ArmOutlet& outlet)
      : plan_(plan),
        groups_(groups),
        factors_(factors_for(plan, runs)),
        holds_(holds_for(runs, new_names(groups))),
        result_(result),
        arms_(plan, scope_for(groups), runs, outlet) {
    for (rules::OriginEvidence& evidence : result_.evidence) {
      evidence.tests = static_cast<unsigned>(factors_.size() * kLooks.size());
      evidence.concurrent = std::find(factors_.begin(), factors_.end(), Factor::kSchedule) !=
                            factors_.end();
    }
  }

  // Two held arms, under the strongest hold that the subject survives. False when under none.
  bool hold() {
    for (const Hold& hold : holds_) {
      hold_ = hold;
      if (add_held() && add_held()) return true;
      held_runs_ = 0;
      held_.reset();
    }
    return false;
  }

  // Arms on a free schedule that also replay the origins' operations, until replay has decided.
  void replay() {
    for (unsigned arm = 0; arm < kReplayArms; ++arm) {
      if (!add_replaying(ArmReplays::kOrigins)) return;
      if (std::none_of(result_.evidence.begin(), result_.evidence.end(), replay_may_tell)) break;
    }
  }

  // The same for what no factor explains and hardly ever varies, if it does at all.
  void replay_for_long() {
    const bool threads =
        std::find(factors_.begin(), factors_.end(), Factor::kSchedule) != factors_.end();
    for (unsigned arm = 0; threads && arm < kLongReplayArms; ++arm) {
      if (std::none_of(result_.evidence.begin(), result_.evidence.end(), [&](const auto& evidence) {
            return is_open(evidence) && may_be_rare(evidence) &&
                   (arm == 0 || evidence.replays_free.unlike > 0);
          })) {
        return;
      }
      if (!add_replaying(ArmReplays::kOriginsForLong)) return;
    }
  }

  // A few arms a factor. Of a slow subject, what was found is proven before everything is looked
  // at.
  void screen() {
    for (Factor factor : factors_) {
      if (arms_.spent(kShareToProve) && anything_live()) return;
      if (anything_open() && screened_.insert(factor).second) screen(factor);
    }
  }

  // What seemed to be the source was not, or not of everything, and some factor was not looked at.
  bool anything_left() const { return anything_open() && screened_.size() < factors_.size(); }
  void screen_rest() {
    for (Factor factor : factors_) {
      if (anything_open() && screened_.insert(factor).second) screen(factor);
    }
  }

  // More arms for the factors under which something parted, look by look.
  void confirm() {
    if (anything_live()) arms_.expect_proof();
    for (const Look& look : kLooks) {
      while (held_runs_ < look.held + 1 && anything_live()) {
        if (!add_held()) return;
      }
      for (Factor factor : factors_) {
        while (freed_runs_[factor] < look.freed && is_live(factor)) {
          if (!add_freed(factor)) return;
        }
      }
    }
  }

  // Files that are there move a heap, and with it the addresses that a program puts out; what holds
  // a date may hold addresses besides. What these seem to decide is looked at with other addresses
  // alone, too: as long as each such arm parts.
  void look_for_addresses() {
    auto doubtful = [&](rules::OriginEvidence& evidence) {
      const rules::FactorOutcome& outcome = outcome_of(evidence, Factor::kAddresses);
      const bool dated = evidence.kind == instrument::EventKind::kOutput &&
                         rules::proven_by(evidence, Factor::kClock);
      return (dated || rules::proven_by(evidence, Factor::kEarlierFiles)) &&
             outcome.diverged == outcome.pairs;
    };
    while (freed_runs_[Factor::kAddresses] < kLooks[0].freed &&
           std::any_of(result_.evidence.begin(), result_.evidence.end(), doubtful)) {
      if (!add_freed(Factor::kAddresses)) return;
    }
  }

  // One more look at the evidence, and at a time that was not planned.
  void interrupted() {
    result_.interrupted = true;
    for (rules::OriginEvidence& evidence : result_.evidence) {
      evidence.tests += static_cast<unsigned>(factors_.size());
    }
  }

  void explain() {
    if (!hold()) return;
    replay();
    screen();
    confirm();
    if (anything_left()) {
      screen_rest();
      confirm();
    }
    look_for_addresses();
    replay_for_long();
  }

  void finish() {
    for (rules::OriginEvidence& evidence : result_.evidence) evidence.arms = arms_.count();
    if (arms_.count() > 0) summarise();
    for (const std::string& note : arms_.notes()) result_.lines.push_back(note);
    if (arms_.spent()) {
      result_.lines.push_back(
          arms_.count() == 0
              ? "no control arm was run: --budget 0"
              : fmt::format("the budget for control arms was spent after {}", arms_.count()));
    }
  }

 private:
  void screen(Factor factor) {
    // Nothing to be seen against where no arm held them.
    if (factor == Factor::kEarlierFiles && !hold_.files) return;
    const unsigned screens = by_chance(factor) ? kScreensByChance : kScreens;
    for (unsigned i = 0; i < screens && !every_open_group_parted(factor); ++i) {
      if (!add_freed(factor)) return;
    }
  }

  bool anything_open() const {
    return std::any_of(result_.evidence.begin(), result_.evidence.end(),
                       [&](const auto& evidence) { return is_open(evidence); });
  }

  // What replay says of it is not settled, and it did vary, but hardly on one worker.
  static bool replay_may_tell(const rules::OriginEvidence& evidence) {
    const rules::ReplayCount& alone = evidence.replays_one_worker;
    return evidence.replays_free.unlike > 0 && alone.unlike * 4 <= alone.executions &&
           (!rules::schedule_decides(evidence) ||
            rules::arrivals(evidence) == rules::Arrivals::kUnknown);
  }

  static bool may_be_rare(const rules::OriginEvidence& evidence) {
    const rules::ReplayCount& alone = evidence.replays_one_worker;
    return evidence.replays_free.executions > 0 && alone.unlike * 4 <= alone.executions;
  }

  bool add_replaying(ArmReplays replays) {
    const auto run = add_scheduled(replays);
    if (!run) return false;
    const RunFacts facts = read_run(*run);
    for (size_t i = 0; i < groups_.size(); ++i) {
      add_replays(groups_[i], facts, result_.evidence[i]);
    }
    discard(*run);
    return true;
  }

  bool proven(const rules::OriginEvidence& evidence) const {
    return std::any_of(factors_.begin(), factors_.end(),
                       [&](Factor factor) { return rules::proven_by(evidence, factor); });
  }

  // Still to be decided, and the experiments can.
  bool is_open(const rules::OriginEvidence& evidence) const {
    if (evidence.held.pairs >= kHeldBeforeFutile && rules::held_in_vain(evidence)) return false;
    return !rules::schedule_decides(evidence) && !proven(evidence);
  }

  bool is_live(Factor factor) {
    return std::any_of(result_.evidence.begin(), result_.evidence.end(), [&](auto& evidence) {
      return is_open(evidence) && outcome_of(evidence, factor).diverged > 0;
    });
  }

  bool anything_live() {
    return std::any_of(factors_.begin(), factors_.end(), [&](Factor f) { return is_live(f); });
  }

  bool every_open_group_parted(Factor factor) {
    return std::all_of(result_.evidence.begin(), result_.evidence.end(), [&](auto& evidence) {
      return !is_open(evidence) || outcome_of(evidence, factor).diverged > 0;
    });
  }

  bool add_held() {
    const auto run = arms_.run(fmt::format("held-{}", held_runs_), held_conditions(plan_, hold_),
                               ArmReplays::kNone);
    if (!run) return false;
    ++held_runs_;
    if (!held_) {
      held_ = run;
      return true;
    }
    const Comparison comparison = arms_.compare(*held_, *run);
    for (size_t i = 0; i < groups_.size(); ++i) {
      rules::OriginEvidence& evidence = result_.evidence[i];
      const unsigned before = evidence.held.diverged;
      add_pair(i, comparison, *held_, *run, evidence.held);
      if (evidence.held.diverged > before)
        evidence.held_in_other_order += in_other_order(groups_[i], *held_, *run);
    }
    discard(*run);
    return true;
  }

  bool add_freed(Factor factor) {
    if (factor == Factor::kSchedule) {
      const auto run = add_scheduled(ArmReplays::kNone);
      if (run) discard(*run);
      return run.has_value();
    }
    const unsigned value = ++freed_runs_[factor];
    const auto run = arms_.run(fmt::format("{} freed-{}", rules::factor_name(factor), value),
                               freed_conditions(plan_, hold_, factor, value), ArmReplays::kNone);
    if (!run) return false;
    const Comparison comparison = arms_.compare(*held_, *run);
    for (size_t i = 0; i < groups_.size(); ++i) {
      count(i, comparison, *held_, *run, outcome_of(result_.evidence[i], factor));
    }
    discard(*run);
    return true;
  }

  // The run, until it is discarded; compared with all references, and a new one of them at first.
  std::optional<fs::path> add_scheduled(ArmReplays replays) {
    const unsigned value = freed_runs_[Factor::kSchedule]++;
    const auto run = arms_.run(fmt::format("thread schedule freed-{}", value),
                               freed_conditions(plan_, hold_, Factor::kSchedule, value), replays);
    if (!run) return std::nullopt;
    std::vector<rules::FactorOutcome> own(groups_.size(), {Factor::kSchedule, 0, 0});
    for (Reference& reference : references_) {
      const Comparison comparison = arms_.compare(reference.run, *run);
      for (size_t i = 0; i < groups_.size(); ++i) {
        count(i, comparison, reference.run, *run, reference.outcomes[i]);
        add_pair(i, comparison, reference.run, *run, own[i]);
      }
    }
    if (references_.size() < kReferences) references_.push_back({*run, std::move(own)});
    for (size_t i = 0; i < groups_.size(); ++i) {
      outcome_of(result_.evidence[i], Factor::kSchedule) = least_parted(i);
    }
    return run;
  }

  rules::FactorOutcome least_parted(size_t group) const {
    rules::FactorOutcome least{Factor::kSchedule, 0, 0};
    for (const Reference& reference : references_) {
      const rules::FactorOutcome& outcome = reference.outcomes[group];
      if (outcome.pairs == 0) continue;
      if (least.pairs == 0 || outcome.diverged < least.diverged) least = outcome;
    }
    return least;
  }

  void add_pair(size_t group, const Comparison& comparison, const fs::path& a, const fs::path& b,
                rules::FactorOutcome& outcome) const {
    if (groups_[group].shape != DivergenceShape::kEndsDiffer) {
      return tally(groups_[group], comparison, outcome);
    }
    ++outcome.pairs;
    outcome.diverged += !arms_.ended_alike(a, b);
  }

  // Tallies one pair of runs at one group, and takes from it what its captures show.
  void count(size_t group, const Comparison& comparison, const fs::path& a, const fs::path& b,
             rules::FactorOutcome& outcome) {
    rules::OriginEvidence& evidence = result_.evidence[group];
    const unsigned before = outcome.diverged;
    add_pair(group, comparison, a, b, outcome);
    if (outcome.diverged == before) return;
    if (!evidence.replay_free) add_captured_magnitude(groups_[group], a, b, evidence);
    if (outcome.factor == Factor::kAddresses)
      evidence.permuted |= in_other_order(groups_[group], a, b);
  }

  void discard(const fs::path& run) const {
    if (std::any_of(references_.begin(), references_.end(),
                    [&](const Reference& reference) { return reference.run == run; })) {
      return;
    }
    std::error_code ignored;
    fs::remove_all(run, ignored);
  }

  static rules::FactorOutcome& outcome_of(rules::OriginEvidence& evidence, Factor factor) {
    for (rules::FactorOutcome& outcome : evidence.freed) {
      if (outcome.factor == factor) return outcome;
    }
    return evidence.freed.emplace_back(rules::FactorOutcome{factor, 0, 0});
  }

  void summarise() {
    size_t agreed = 0;
    for (const rules::OriginEvidence& evidence : result_.evidence) {
      agreed += evidence.held.pairs > 0 && evidence.held.diverged == 0;
    }
    result_.lines.push_back(fmt::format("every factor held, {} runs: {} of {} origins agreed",
                                        held_runs_, agreed, groups_.size()));
    for (Factor factor : factors_) {
      if (freed_runs_[factor] == 0) continue;
      size_t parted = 0, reached = 0;
      for (rules::OriginEvidence& evidence : result_.evidence) {
        const rules::FactorOutcome& outcome = outcome_of(evidence, factor);
        parted += outcome.diverged > 0;
        reached += outcome.pairs > 0;
      }
      result_.lines.push_back(fmt::format(
          "{} alone freed, {} run{}: {} of {} origins compared, {} parted",
          rules::factor_name(factor), freed_runs_[factor], freed_runs_[factor] == 1 ? "" : "s",
          reached, groups_.size(), parted));
    }
  }

  struct Reference {
    fs::path run;
    std::vector<rules::FactorOutcome> outcomes;  // one a group
  };

  const Plan& plan_;
  const std::vector<OriginGroup>& groups_;
  const std::vector<Factor> factors_;
  const std::vector<Hold> holds_;
  Experiments& result_;
  Arms arms_;
  Hold hold_;
  std::optional<fs::path>
      held_;  // the first held run, which all but scheduled ones are seen against
  unsigned held_runs_ = 0;
  std::set<Factor> screened_;
  std::map<Factor, unsigned> freed_runs_;
  std::vector<Reference> references_;
};

}  // namespace

Experiments run_experiments(const Plan& plan, const std::vector<OriginGroup>& groups,
                            const AuditedRuns& runs, const ArmOutlet& outlet) {
  Experiments result;
  for (const OriginGroup& group : groups) {
    result.evidence.push_back(recorded_evidence(group, runs.facts));
  }
  if (groups.empty()) return result;
  Session session(plan, groups, runs, result, outlet);
  try {
    session.explain();
  } catch (const Interrupted&) {
    session.interrupted();
  }
  session.finish();
  return result;
}

}  // namespace detaudit::auditor
