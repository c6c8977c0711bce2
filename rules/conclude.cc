#include <array>
#include <fmt/format.h>

#include "rules/rule.h"

namespace detaudit::rules {
namespace {

// Order matters only between proofs of one strength: a factor outside the threads first, since a
// schedule that varies too cannot bring back what that factor alone brings back.
constexpr std::array<Rule, 7> kRules = {uninitialized_memory, unseeded_rng,  time_dependence,
                                        hash_order,           data_order,    float_atomics,
                                        thread_scheduling};

void add_experiments(const OriginEvidence& evidence, Conclusion& conclusion) {
  if (evidence.held.pairs == 0) {
    conclusion.evidence.push_back(
        "no experiment reached it with equal inputs: what varies before it must be mended first");
    return;
  }
  conclusion.evidence.push_back(
      evidence.held.diverged
          ? fmt::format("with every factor held it still parted in {} of {} pairs: what decides it "
                        "is outside memory fill, entropy, clock, addresses and thread schedule",
                        evidence.held.diverged, evidence.held.pairs)
          : fmt::format("with every factor held it agreed in {} of {} pairs", evidence.held.pairs,
                        evidence.held.pairs));
  for (const FactorOutcome& freed : evidence.freed) {
    conclusion.evidence.push_back(fmt::format("with the {} alone let vary: parted in {} of {}",
                                              factor_name(freed.factor), freed.diverged,
                                              freed.pairs));
  }
}

Conclusion unknown(const OriginEvidence& evidence) {
  Conclusion conclusion;
  const bool replayed = evidence.replay_free && evidence.replay_free->distinct > 1;
  if (evidence.shape == OriginShape::kOnlyInOneRun) {
    conclusion.code = "DET111";
    conclusion.fix = "find what decides whether it runs: the first finding before it, or a branch "
                     "on data, time or arrival order";
  } else if (evidence.shape == OriginShape::kEnteredUnseen) {
    conclusion.code = "DET112";
    conclusion.evidence.push_back(
        "its inputs differ though everything recorded before agreed: memory changed between "
        "recorded operations");
    conclusion.fix = "record what writes this input, so that the origin can be named";
  } else if (evidence.kind == instrument::EventKind::kOutput) {
    conclusion.code = "DET113";
    conclusion.fix = "record operations with the probe API to see what decides this output";
  } else if (evidence.kind == instrument::EventKind::kBatch) {
    conclusion.code = "DET114";
    conclusion.fix = "record the generator that draws the order (detaudit_rng_stream)";
  } else {
    conclusion.code = "DET110";
    conclusion.fix = "replay it (--replay 16), or declare what else it reads as inputs";
  }
  if (replayed) {
    conclusion.proof = Proof::kReplay;
    conclusion.evidence.push_back(
        fmt::format("replay: {} distinct results in {} executions on equal inputs",
                    evidence.replay_free->distinct, evidence.replay_free->executions));
    if (evidence.replay_one_worker && evidence.replay_one_worker->distinct > 1) {
      conclusion.evidence.push_back(fmt::format(
          "on one worker too: {} distinct results in {} executions, so threads are not what decides",
          evidence.replay_one_worker->distinct, evidence.replay_one_worker->executions));
    }
  }
  add_experiments(evidence, conclusion);
  for (const auto& read : evidence.entropy_reads) conclusion.evidence.push_back(describe(read));
  for (const auto& read : evidence.clock_reads) conclusion.evidence.push_back(describe(read));
  return conclusion;
}

}  // namespace

Conclusion conclude(const OriginEvidence& evidence) {
  std::optional<Conclusion> best;
  for (Rule rule : kRules) {
    auto conclusion = rule(evidence);
    if (conclusion && (!best || conclusion->proof > best->proof)) best = std::move(conclusion);
  }
  Conclusion result = best ? std::move(*best) : unknown(evidence);
  // A missing event keeps its own code: the cause says why, the code says what was seen.
  if (evidence.shape == OriginShape::kOnlyInOneRun) result.code = "DET111";
  if (evidence.shape == OriginShape::kEnteredUnseen) result.code = "DET112";
  return result;
}

}  // namespace detaudit::rules
