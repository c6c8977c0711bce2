#include "rules/rule.h"

namespace detaudit::rules {

// The same samples, taken in the order in which threads happened to deliver them.
std::optional<Conclusion> data_order(const OriginEvidence& evidence) {
  if (evidence.kind != instrument::EventKind::kBatch) return std::nullopt;
  const bool scheduled = proven_by(evidence, Factor::kSchedule);
  // Permuted samples with another proven factor belong to that factor's rule.
  const bool other = proven_by(evidence, Factor::kEntropy) ||
                     proven_by(evidence, Factor::kClock) ||
                     proven_by(evidence, Factor::kAddresses) ||
                     proven_by(evidence, Factor::kHashSeed) ||
                     proven_by(evidence, Factor::kProcessId) ||
                     proven_by(evidence, Factor::kMemory);
  if (!scheduled && (other || !evidence.batch_same_samples)) return std::nullopt;
  Conclusion conclusion;
  conclusion.cause = Cause::kDataOrder;
  conclusion.proof = scheduled ? Proof::kCounterfactual : Proof::kInferred;
  conclusion.code = scheduled ? "DET104" : "DET114";
  conclusion.evidence.push_back(
      evidence.batch_same_samples
          ? "both runs used the same samples, in another order"
          : "the samples themselves differ, not their order alone");
  if (scheduled) conclusion.evidence.push_back(proof_sentence(evidence, Factor::kSchedule));
  conclusion.fix =
      "hand batches over by sequence number, not by arrival (a reorder buffer; "
      "deterministic=True in tf.data; one generator per worker in a PyTorch DataLoader)";
  return conclusion;
}

}  // namespace detaudit::rules
