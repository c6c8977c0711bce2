#include "rules/rule.h"

namespace detaudit::rules {

// A collective gave a rank other bytes though every rank gave it the same, or another rank answered
// where any may: the call that was seen is the source itself.
std::optional<Conclusion> collective_order(const OriginEvidence& evidence) {
  if (evidence.kind != instrument::EventKind::kCollective ||
      evidence.shape != OriginShape::kOutputsDiffer)
    return std::nullopt;
  Conclusion conclusion;
  conclusion.cause = Cause::kCollectiveOrder;
  conclusion.code = "DET121";
  conclusion.proof = Proof::kRecorded;
  conclusion.evidence.push_back(
      "all that the ranks gave to this call was equal in both runs: what it gave back is decided "
      "in "
      "it, by the order in which ranks arrive");
  if (proven_by(evidence, Factor::kSchedule)) {
    conclusion.proof = Proof::kCounterfactual;
    conclusion.evidence.push_back(proof_sentence(evidence, Factor::kSchedule));
  }
  conclusion.fix =
      "receive from each rank by its number, and fold what came in the order of ranks; for a "
      "reduction, an operation whose result does not depend on the order, or MPI_Gather and a sum "
      "in rank order at the root";
  return conclusion;
}

}  // namespace detaudit::rules
