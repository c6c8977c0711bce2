#include <fmt/format.h>
#include <array>

#include "rules/frameworks.h"
#include "rules/rule.h"

namespace detaudit::rules {
namespace {

// Order matters only between proofs of one strength: a factor outside the threads first, since a
// schedule that varies too cannot bring back what that factor alone brings back.
constexpr std::array<Rule, 14> kRules = {
    uninitialized_memory, unseeded_rng,       time_dependence, hash_order,        environment,
    folder_order,         data_order,         float_atomics,   thread_scheduling, library_choice,
    kernel_float_sums,    kernel_block_order, library_kernel,  collective_order};

std::string names_of(const std::vector<FactorOutcome>& freed) {
  std::string names;
  for (const FactorOutcome& outcome : freed) {
    names += (names.empty() ? "" : ", ") + std::string(factor_name(outcome.factor));
  }
  return names;
}

bool order_is_open(const OriginEvidence& evidence) {
  return evidence.concurrent && held_in_vain(evidence);
}

void add_experiments(const OriginEvidence& evidence, Conclusion& conclusion) {
  if (evidence.arms == 0) return;
  if (evidence.held.pairs == 0) {
    conclusion.evidence.push_back(
        "no control arm reached it with equal inputs, so no factor was tested on it");
    return;
  }
  conclusion.evidence.push_back(
      fmt::format("every factor held: {} of {} pairs of runs parted{}", evidence.held.diverged,
                  evidence.held.pairs,
                  evidence.held.diverged > 0 ? ", so something decides it that is not held" : ""));
  if (order_is_open(evidence)) {
    conclusion.evidence.push_back(
        "several threads or processes ran, and no arm holds in which order they come");
    conclusion.fix += "; and audit it with one thread or worker, where it can be told so: if it "
                      "repeats then, their order is what decides";
  }
  if (held_in_vain(evidence)) return;  // what parted besides parted of the same
  std::vector<FactorOutcome> idle;
  for (const FactorOutcome& freed : evidence.freed) {
    if (freed.pairs == 0) continue;  // the budget was spent before its arms, or none reached it
    if (freed.diverged == 0) {
      idle.push_back(freed);
      continue;
    }
    conclusion.evidence.push_back(
        proof_sentence(evidence, freed.factor) +
        (proven_by(evidence, freed.factor) ? "" : ": not enough to be a proof"));
  }
  if (!idle.empty()) conclusion.evidence.push_back("no parting with freed: " + names_of(idle));
}

void add_replays(const OriginEvidence& evidence, Conclusion& conclusion) {
  const ReplayCount &free = evidence.replays_free, &alone = evidence.replays_one_worker;
  conclusion.evidence.push_back(
      fmt::format("replay: {} of {} executions on equal inputs gave another result than the "
                  "commonest",
                  free.unlike, free.executions));
  if (alone.executions == 0) return;
  conclusion.evidence.push_back(
      fmt::format("with detaudit_workers answering 1: {} of {}; {}", alone.unlike, alone.executions,
                  alone.unlike == 0
                      ? "too few to tell that from luck"
                      : "threads that the subject starts of its own accord ran as before, so they "
                        "may be what decides"));
}

Conclusion unknown(const OriginEvidence& evidence) {
  Conclusion conclusion;
  const bool replayed = evidence.replay_free && evidence.replay_free->distinct > 1;
  if (evidence.shape == OriginShape::kOnlyInOneRun) {
    conclusion.code = "DET111";
    conclusion.fix = evidence.kind == instrument::EventKind::kOutput
                         ? "find what decides whether it is written, and under which name"
                         : "find what decides whether it runs: the first finding before it, or a "
                           "branch on data, time or arrival order";
  } else if (evidence.shape == OriginShape::kEnteredUnseen) {
    conclusion.code = "DET112";
    conclusion.evidence.push_back(
        "its inputs differ though everything recorded before agreed: memory changed between "
        "recorded operations");
    conclusion.fix = "record what writes this input, so that the origin can be named";
  } else if (evidence.shape == OriginShape::kEndsDiffer) {
    conclusion.fix =
        "find what decides how it ends: the findings before this one, or its last output in the "
        "run that ended otherwise";
  } else if (evidence.kind == instrument::EventKind::kOutput) {
    conclusion.code = "DET113";
    conclusion.fix =
        order_is_open(evidence)
            ? "look first at what is put together as threads or processes finish: take results in "
              "an order of the program's own, by index or as they were submitted (in Python "
              "`Executor.map`, `Pool.map`, not `as_completed`, `imap_unordered`); or record "
              "operations with the probe API to see what decides this output"
            : "record operations with the probe API to see what decides this output";
  } else if (evidence.kind == instrument::EventKind::kBatch) {
    conclusion.code = "DET114";
    conclusion.fix = "record the generator that draws the order (detaudit_rng_stream)";
  } else {
    conclusion.code = "DET110";
    conclusion.fix =
        evidence.code
            ? "look for a race between its threads, shared or local memory that is read "
              "before it is written (compute-sanitizer: racecheck, initcheck), and memory "
              "that it finds through addresses in memory"
            : "replay it (--replay 16), or declare what else it reads as inputs";
  }
  if (evidence.arms == 0) {
    conclusion.fix = "audit with a --budget for control arms, which tell what decides it: none was "
                     "run; or " + conclusion.fix;
  }
  if (replayed) {
    conclusion.proof = Proof::kReplay;
    add_replays(evidence, conclusion);
  }
  add_experiments(evidence, conclusion);
  for (const auto& read : evidence.entropy_reads) conclusion.evidence.push_back(describe(read));
  for (const auto& read : evidence.clock_reads) conclusion.evidence.push_back(describe(read));
  return conclusion;
}

Conclusion described(Conclusion result, const OriginEvidence& evidence) {
  for (std::string& line : describe_code(evidence)) result.evidence.push_back(std::move(line));
  for (std::string& line : describe_library(evidence)) result.evidence.push_back(std::move(line));
  // These keep their own codes: the cause says why, the code says what was seen.
  if (evidence.shape == OriginShape::kOnlyInOneRun) result.code = "DET111";
  if (evidence.shape == OriginShape::kEnteredUnseen) result.code = "DET112";
  if (evidence.shape == OriginShape::kEndsDiffer) result.code = "DET119";
  return result;
}

}  // namespace

Conclusion conclude(const OriginEvidence& evidence) {
  std::optional<Conclusion> best;
  for (Rule rule : kRules) {
    auto conclusion = rule(evidence);
    if (conclusion && (!best || conclusion->proof > best->proof)) best = std::move(conclusion);
  }
  Conclusion result = described(best ? std::move(*best) : unknown(evidence), evidence);
  speak_of_framework(evidence, result);
  return result;
}

Conclusion undecided(const OriginEvidence& evidence) {
  Conclusion result = described(unknown(evidence), evidence);
  result.proof = Proof::kInferred;
  return result;
}

}  // namespace detaudit::rules
