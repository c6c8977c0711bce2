#include "rules/rule.h"

namespace detaudit::rules {

// What follows the clock, and nothing else, depends on when the program ran.
std::optional<Conclusion> time_dependence(const OriginEvidence& evidence) {
  if (!proven_by(evidence, Factor::kClock)) return std::nullopt;
  const bool stream = evidence.kind == instrument::EventKind::kRngStream;
  Conclusion conclusion;
  conclusion.cause = Cause::kTimeDependence;
  conclusion.proof = Proof::kCounterfactual;
  conclusion.code = "DET108";
  if (stream) {
    conclusion.evidence.push_back("the generator's state differs between runs");
  }
  conclusion.evidence.push_back(proof_sentence(evidence, Factor::kClock));
  for (const auto& read : evidence.clock_reads) conclusion.evidence.push_back(describe(read));
  conclusion.fix = stream ? "seed this generator from the run's one seed, not from the time"
                          : "take the time once, as an input of the run, or keep it out of what is "
                            "computed";
  if (proven_by(evidence, Factor::kAddresses)) {
    conclusion.evidence.push_back("the time is not all: " +
                                  proof_sentence(evidence, Factor::kAddresses));
    conclusion.fix += "; and addresses, which part it as well (in Python `id(...)`)";
  }
  return conclusion;
}

}  // namespace detaudit::rules
