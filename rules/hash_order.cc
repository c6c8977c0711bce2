#include "rules/rule.h"

namespace detaudit::rules {

// What follows the addresses of objects, or the seed of string hashes, was ordered by a hash.
std::optional<Conclusion> hash_order(const OriginEvidence& evidence) {
  const bool addresses = proven_by(evidence, Factor::kAddresses);
  const bool seed = proven_by(evidence, Factor::kHashSeed);
  if (!addresses && !seed) return std::nullopt;
  Conclusion conclusion;
  conclusion.cause = Cause::kHashOrder;
  conclusion.proof = Proof::kCounterfactual;
  conclusion.code = "DET107";
  conclusion.evidence.push_back(
      proof_sentence(evidence, addresses ? Factor::kAddresses : Factor::kHashSeed));
  if (evidence.replay_free && evidence.replay_free->executions > 1 &&
      evidence.replay_free->distinct == 1) {
    conclusion.evidence.push_back(
        "within one process it repeats: " + std::to_string(evidence.replay_free->executions) +
        " executions on equal inputs gave one result");
  }
  if (difference_size(evidence) == DifferenceSize::kRounding) {
    conclusion.evidence.push_back(
        "the difference is of the size of rounding: the same values, summed in another order");
  }
  if (evidence.reordered) {
    conclusion.evidence.push_back("the same events ran in another order before it");
  }
  conclusion.fix =
      addresses ? "iterate in an order of the program's own (insertion order, a name, an index), "
                  "not over a container keyed or sorted by addresses"
                : "sort before iterating over a set or dictionary, or fix PYTHONHASHSEED";
  return conclusion;
}

}  // namespace detaudit::rules
