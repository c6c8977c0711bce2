#include "rules/rule.h"

namespace detaudit::rules {

// Bytes that follow the fill of fresh memory, heap and stacks, were never written by the subject.
std::optional<Conclusion> uninitialized_memory(const OriginEvidence& evidence) {
  if (!proven_by(evidence, Factor::kMemory)) return std::nullopt;
  Conclusion conclusion;
  conclusion.cause = Cause::kUninitializedMemory;
  conclusion.proof = Proof::kCounterfactual;
  conclusion.code = "DET105";
  conclusion.evidence = {proof_sentence(evidence, Factor::kMemory),
                         "the only change was the byte that heap blocks and stacks hold which the "
                         "subject has not written"};
  conclusion.fix =
      "initialise the buffer before it is read or accumulated into (calloc, memset, std::vector, "
      "torch.zeros or numpy.zeros instead of empty; float sums[n] = {0} for a local array); "
      "valgrind --track-origins=yes names the allocation";
  return conclusion;
}

}  // namespace detaudit::rules
