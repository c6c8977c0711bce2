#include <algorithm>
#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/significance.h"

namespace detaudit::rules {
namespace {

const FactorOutcome* outcome_of(const OriginEvidence& evidence, Factor factor) {
  auto it = std::find_if(evidence.freed.begin(), evidence.freed.end(),
                         [&](const FactorOutcome& o) { return o.factor == factor; });
  return it == evidence.freed.end() ? nullptr : &*it;
}

const char* plural(unsigned n) { return n == 1 ? "" : "s"; }

// Replays are looked at after the runs and after each arm that replays.
constexpr unsigned kReplayLooks = 10;

// 2^13 epsilons: between what n terms summed in another order move, some sqrt(n) epsilons of the
// sum of magnitudes for every n up to 10^7, and a term of a sum of up to a thousand.
constexpr double kRoundingEpsilons = 8192;
constexpr double kRoundingEpsilonsWhereAlike = 64;

double corrected(double chance, unsigned tests) {
  return std::min(1.0, chance * std::max(1u, tests));
}

Trials trials(const FactorOutcome& outcome) { return {outcome.diverged, outcome.pairs}; }
Trials trials(const ReplayCount& count) { return {count.unlike, count.executions}; }

double chance_of(const OriginEvidence& evidence, const FactorOutcome& freed) {
  return corrected(fisher_exact(trials(evidence.held), trials(freed)), evidence.tests);
}

double replay_chance(const OriginEvidence& evidence) {
  return corrected(
      fisher_exact(trials(evidence.replays_one_worker), trials(evidence.replays_free)),
      kReplayLooks);
}

// Nothing varied there, though it would have by now, and there was something to see.
bool steady(const OriginEvidence& evidence, const ExactReplays& exact) {
  return exact.change > 0 && exact.count.unlike == 0 &&
         corrected(fisher_exact(trials(exact.count), trials(evidence.replays_free)), kReplayLooks) <
             kSignificance;
}

bool varied_beyond(const OriginEvidence& evidence, const ExactReplays& exact, double epsilons) {
  return exact.count.unlike > 0 && exact.share > epsilons * evidence.epsilon;
}

// An operation that is more than a sum makes other numbers of equal inputs, and rounds; but its
// contributions are alike, so that one lost of n is some 1/n of the result. This is less than one
// of 10^5.
bool rounds_where_alike(const OriginEvidence& evidence) {
  const ExactReplays& equal = evidence.equal_inputs;
  return equal.change > 0 && equal.count.unlike > 0 &&
         !varied_beyond(evidence, equal, kRoundingEpsilonsWhereAlike);
}

}  // namespace

bool held_in_vain(const OriginEvidence& evidence) {
  return evidence.held.diverged * 4 > evidence.held.pairs;
}

bool proven_by(const OriginEvidence& evidence, Factor factor) {
  const FactorOutcome* freed = outcome_of(evidence, factor);
  // Where held arms part too, something is at work that is not held.
  const double allowed = evidence.held.diverged > 0 ? kSignificance / 10 : kSignificance;
  return freed && !held_in_vain(evidence) && chance_of(evidence, *freed) < allowed;
}

std::string proof_sentence(const OriginEvidence& evidence, Factor factor) {
  const FactorOutcome* freed = outcome_of(evidence, factor);
  if (!freed) return {};
  return fmt::format(
      "every factor held: {} of {} pair{} of runs parted; {} alone freed: {} of {}; p = {:.2g} "
      "(Fisher, corrected for {} look{})",
      evidence.held.diverged, evidence.held.pairs, plural(evidence.held.pairs),
      factor_name(factor), freed->diverged, freed->pairs, chance_of(evidence, *freed),
      evidence.tests, plural(evidence.tests));
}

std::optional<ScheduleProof> schedule_decides(const OriginEvidence& evidence) {
  ScheduleProof result{Proof::kReplay, {}};
  const ReplayCount &free = evidence.replays_free, &alone = evidence.replays_one_worker;
  const bool by_replay =
      alone.unlike * 4 <= alone.executions && replay_chance(evidence) < kSignificance;
  if (by_replay) {
    result.sentences.push_back(fmt::format(
        "proven by replay on equal inputs: {} of {} executions gave another result than the "
        "commonest; on one worker {} of {}; p = {:.2g}",
        free.unlike, free.executions, alone.unlike, alone.executions, replay_chance(evidence)));
  }
  const bool by_arms = proven_by(evidence, Factor::kSchedule);
  if (by_arms) result.sentences.push_back(proof_sentence(evidence, Factor::kSchedule));
  if (!by_replay && !by_arms) return std::nullopt;
  if (!by_replay) result.proof = Proof::kCounterfactual;
  return result;
}

DifferenceSize difference_size(const OriginEvidence& evidence) {
  if (evidence.epsilon <= 0 || !evidence.magnitude || evidence.magnitude->differing == 0) {
    return DifferenceSize::kUnknown;
  }
  // The sum of magnitudes is at least the value, the change, or what equal terms came to.
  const double scale = std::max(
      {evidence.change_scale, evidence.magnitude->scale, evidence.equal_inputs.change});
  return evidence.magnitude->max_abs <= kRoundingEpsilons * evidence.epsilon * scale
             ? DifferenceSize::kRounding
             : DifferenceSize::kBeyondRounding;
}

Arrivals arrivals(const OriginEvidence& evidence) {
  const ExactReplays &equal = evidence.equal_inputs, &coarse = evidence.coarse_inputs;
  if (varied_beyond(evidence, equal, kRoundingEpsilons)) return Arrivals::kLost;
  if (varied_beyond(evidence, coarse, kRoundingEpsilons)) return Arrivals::kUnknown;
  if (steady(evidence, equal) || rounds_where_alike(evidence)) return Arrivals::kAll;
  if (equal.change > 0 && coarse.change > 0 && equal.count.unlike + coarse.count.unlike == 0) {
    ExactReplays both = equal;
    both.count.executions += coarse.count.executions;
    if (steady(evidence, both)) return Arrivals::kAll;
  }
  // Equal terms may cancel to nothing; then coarse ones decide alone.
  const bool nothing_to_see = equal.count.unlike == 0 && equal.change == 0;
  if (!nothing_to_see) return Arrivals::kUnknown;
  // Of eighths, a contribution that counts at all is far more than rounding.
  const bool coarse_rounds = coarse.change > 0 && coarse.count.unlike > 0 &&
                             !varied_beyond(evidence, coarse, kRoundingEpsilonsWhereAlike);
  return steady(evidence, coarse) || coarse_rounds ? Arrivals::kAll : Arrivals::kUnknown;
}

std::string describe_exact_replays(const OriginEvidence& evidence) {
  auto outcome = [](const ExactReplays& exact) {
    std::string text =
        fmt::format("{} of {} executions differed", exact.count.unlike, exact.count.executions);
    return exact.count.unlike == 0
               ? text
               : text + fmt::format(", by up to {:.2g} of the result", exact.share);
  };
  return fmt::format("with all inputs one power of two {}; with eighths of it {}",
                     outcome(evidence.equal_inputs), outcome(evidence.coarse_inputs));
}

std::string describe(const instrument::SourceRecord& source) {
  return fmt::format("`{}` read {} time{} at {}, first before event {}", source.function,
                     source.count, plural(static_cast<unsigned>(source.count)),
                     source.site.empty() ? "an unknown site" : source.site, source.order);
}

}  // namespace detaudit::rules
