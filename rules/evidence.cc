#include <algorithm>
#include <fmt/format.h>

#include "rules/rule.h"

namespace detaudit::rules {
namespace {

const FactorOutcome* outcome_of(const OriginEvidence& evidence, Factor factor) {
  auto it = std::find_if(evidence.freed.begin(), evidence.freed.end(),
                         [&](const FactorOutcome& o) { return o.factor == factor; });
  return it == evidence.freed.end() ? nullptr : &*it;
}

const char* plural(unsigned n) { return n == 1 ? "" : "s"; }

bool varied(const std::optional<instrument::ReplayRecord>& replay) {
  return replay && replay->distinct > 1;
}

bool steady(const std::optional<instrument::ReplayRecord>& replay) {
  return replay && replay->executions > 1 && replay->distinct == 1;
}

}  // namespace

bool proven_by(const OriginEvidence& evidence, Factor factor) {
  const FactorOutcome* freed = outcome_of(evidence, factor);
  return freed && freed->diverged > 0 && evidence.held.pairs > 0 && evidence.held.diverged == 0;
}

std::string proof_sentence(const OriginEvidence& evidence, Factor factor) {
  const FactorOutcome* freed = outcome_of(evidence, factor);
  return fmt::format(
      "with every factor held it agreed in {} of {} pair{} of runs; with the {} alone let vary it "
      "parted in {} of {}",
      evidence.held.pairs - evidence.held.diverged, evidence.held.pairs,
      plural(evidence.held.pairs), factor_name(factor), freed ? freed->diverged : 0,
      freed ? freed->pairs : 0);
}

std::optional<ScheduleProof> schedule_decides(const OriginEvidence& evidence) {
  ScheduleProof result{Proof::kReplay, {}};
  if (varied(evidence.replay_free)) {
    result.sentences.push_back(
        fmt::format("proven by replay: {} distinct results in {} executions on equal inputs",
                    evidence.replay_free->distinct, evidence.replay_free->executions));
    if (varied(evidence.replay_one_worker)) return std::nullopt;
  }
  const bool by_replay = varied(evidence.replay_free) && steady(evidence.replay_one_worker);
  if (by_replay) {
    result.sentences.push_back(fmt::format("on one worker: 1 result in {} executions",
                                           evidence.replay_one_worker->executions));
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
  const double scale =
      evidence.change_scale > 0 ? evidence.change_scale : evidence.magnitude->scale;
  // Summing n terms in another order moves the result by at most about n * epsilon times the sum
  // of magnitudes, in practice by some sqrt(n) of it; a lost or misplaced contribution is a share
  // of the result itself. 2^13 epsilons lie between the two for every sum of up to ~10^7 terms.
  return evidence.magnitude->max_abs <= 8192 * evidence.epsilon * scale
             ? DifferenceSize::kRounding
             : DifferenceSize::kBeyondRounding;
}

std::string describe(const instrument::SourceRecord& source) {
  return fmt::format("`{}` read {} time{} at {}, first before event {}", source.function,
                     source.count, plural(static_cast<unsigned>(source.count)),
                     source.site.empty() ? "an unknown site" : source.site, source.order);
}

}  // namespace detaudit::rules
