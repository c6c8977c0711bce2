#include "rules/rule.h"

namespace detaudit::rules {

namespace {

// Addresses and process ids stand in for entropy when a generator is seeded from them.
std::optional<Factor> seeding_factor(const OriginEvidence& evidence) {
  if (proven_by(evidence, Factor::kEntropy)) return Factor::kEntropy;
  if (evidence.kind != instrument::EventKind::kRngStream) return std::nullopt;
  if (proven_by(evidence, Factor::kProcessId)) return Factor::kProcessId;
  if (proven_by(evidence, Factor::kAddresses)) return Factor::kAddresses;
  return std::nullopt;
}

}  // namespace

// What follows the operating system's entropy does not descend from the seed.
std::optional<Conclusion> unseeded_rng(const OriginEvidence& evidence) {
  const bool stream = evidence.kind == instrument::EventKind::kRngStream;
  const std::optional<Factor> proven = seeding_factor(evidence);
  // A reading alone is no crime; a generator whose state parted after one is at most inferred.
  const bool inferred = stream && evidence.arms == 0 &&
                        !evidence.entropy_reads.empty() && evidence.clock_reads.empty();
  if (!proven && !inferred) return std::nullopt;
  Conclusion conclusion;
  conclusion.cause = Cause::kUnseededRng;
  conclusion.proof = proven ? Proof::kCounterfactual : Proof::kInferred;
  conclusion.code = stream ? "DET102" : "DET103";
  if (stream) {
    conclusion.evidence.push_back("the generator's state differs between runs");
  }
  if (proven) conclusion.evidence.push_back(proof_sentence(evidence, *proven));
  for (const auto& read : evidence.entropy_reads) conclusion.evidence.push_back(describe(read));
  conclusion.fix =
      "seed this generator from the run's one seed (a child stream of it), not from "
      "std::random_device, getrandom, an address, a process id or a default constructor";
  return conclusion;
}

}  // namespace detaudit::rules
