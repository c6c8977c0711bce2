#include "rules/rule.h"

namespace detaudit::rules {

namespace {

// No arm can tell: it lies outside of the audited folder, where nothing is taken away for a run.
Conclusion left_by_earlier_run() {
  Conclusion conclusion;
  conclusion.cause = Cause::kEnvironment;
  conclusion.proof = Proof::kInferred;
  conclusion.code = "DET109";
  conclusion.evidence.push_back(
      "every other run opened it as the first had left it: a cache, or settings, that a program "
      "makes where there are none");
  conclusion.fix =
      "audit again, now that it is there; or start every run from the same files: remove it "
      "before each, or have it written elsewhere each time";
  return conclusion;
}

}  // namespace

// What follows something outside of the program: files that an earlier run left, or what the system
// chooses for each process: its id, or where its memory lies.
std::optional<Conclusion> environment(const OriginEvidence& evidence) {
  const bool id = proven_by(evidence, Factor::kProcessId);
  const bool addresses = proven_by(evidence, Factor::kAddresses);
  const bool found = proven_by(evidence, Factor::kEarlierFiles);
  const bool files = found && !addresses;
  if (!found && !id && !addresses) {
    if (evidence.left_by_earlier_run) return left_by_earlier_run();
    return std::nullopt;
  }
  Conclusion conclusion;
  conclusion.cause = Cause::kEnvironment;
  conclusion.proof = Proof::kCounterfactual;
  conclusion.code = "DET109";
  conclusion.evidence.push_back(proof_sentence(evidence, files ? Factor::kEarlierFiles
                                                         : id  ? Factor::kProcessId
                                                               : Factor::kAddresses));
  if (files) {
    conclusion.fix =
        "start every run from the same files: remove what the last one left, or write elsewhere "
        "each "
        "time; --isolate audits in fresh copies of the folder";
    return conclusion;
  }
  if (id) {
    conclusion.fix = "keep the process id out of seeds, keys and what is computed";
    return conclusion;
  }
  if (found) {
    conclusion.evidence.push_back(proof_sentence(evidence, Factor::kEarlierFiles) +
                                  ": files that are there move what a program allocates after");
  }
  conclusion.evidence.push_back(
      "that is all that is known: no reading of uninitialized memory and no other order of the "
      "same values was seen");
  if (difference_size(evidence) == DifferenceSize::kRounding) {
    conclusion.evidence.push_back("the difference is of the size of rounding");
  }
  conclusion.fix =
      "look for what depends on where memory lies: a loop that peels up to an alignment (allocate "
      "aligned buffers), a container keyed or sorted by addresses, a seed or hash taken from one, "
      "stack memory read before it is written (-fsanitize=memory). Where the bytes that differ are "
      "addresses themselves (a table of pointers; in Python `id(...)`, or an object printed as "
      "`<... at 0x...>`), leave them out, or compare runs with addresses held: setarch -R "
      "detaudit run --perturb schedule,memory,hash,time";
  return conclusion;
}

}  // namespace detaudit::rules
