#include "rules/rule.h"

namespace detaudit::rules {
namespace {

// The same things in another order, in words; empty when no order was seen.
std::string order_seen(const OriginEvidence& evidence) {
  if (evidence.permuted) return "what it wrote is the same in both runs, in another order";
  if (evidence.kind == instrument::EventKind::kBatch && evidence.batch_same_samples) {
    return "both runs used the same samples, in another order";
  }
  if (evidence.reordered) return "the same events ran in another order before it";
  return "";
}

}  // namespace

// What follows the seed of string hashes was ordered by a hash; what follows the addresses of
// objects, only when an order is seen to change with them.
std::optional<Conclusion> hash_order(const OriginEvidence& evidence) {
  const bool seed = proven_by(evidence, Factor::kHashSeed);
  const std::string order = order_seen(evidence);
  const bool addresses = proven_by(evidence, Factor::kAddresses) && !order.empty();
  if (!addresses && !seed) return std::nullopt;
  Conclusion conclusion;
  conclusion.cause = Cause::kHashOrder;
  conclusion.proof = Proof::kCounterfactual;
  conclusion.code = "DET107";
  conclusion.evidence.push_back(
      proof_sentence(evidence, seed ? Factor::kHashSeed : Factor::kAddresses));
  if (!order.empty()) conclusion.evidence.push_back(order);
  if (evidence.replay_free && evidence.replay_free->executions > 1 &&
      evidence.replay_free->distinct == 1) {
    conclusion.evidence.push_back(
        "within one process it repeats: " + std::to_string(evidence.replay_free->executions) +
        " executions on equal inputs gave one result");
  }
  conclusion.fix =
      seed ? "sort before iterating over a set, compute with no `hash()` of a string, or fix "
             "PYTHONHASHSEED"
           : "iterate in an order of the program's own (insertion order, a name, an index), "
             "not over a container keyed or sorted by addresses";
  return conclusion;
}

}  // namespace detaudit::rules
