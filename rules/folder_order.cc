#include "rules/rule.h"

namespace detaudit::rules {

// What follows the order of a folder's entries took data in the file system's order.
std::optional<Conclusion> folder_order(const OriginEvidence& evidence) {
  if (!proven_by(evidence, Factor::kFolderOrder)) return std::nullopt;
  Conclusion conclusion;
  conclusion.cause = Cause::kDataOrder;
  conclusion.proof = Proof::kCounterfactual;
  conclusion.code = "DET114";
  conclusion.evidence.push_back(proof_sentence(evidence, Factor::kFolderOrder));
  for (const std::string& folder : evidence.folders_reordered) {
    conclusion.evidence.push_back("`" + folder +
                                  "` gave the same entries in another order in another run");
  }
  conclusion.fix =
      "sort the names before they are used (sorted(os.listdir(...)), scandir with alphasort, "
      "std::sort over a directory_iterator): a folder's entries have no order of their own";
  return conclusion;
}

}  // namespace detaudit::rules
