#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/evidence.h"

namespace detaudit::rules {

enum class Cause {
  kFloatAtomics,
  kUnseededRng,
  kDataOrder,
  kUninitializedMemory,
  kThreadScheduling,
  kLibrarySelection,
  kCollectiveOrder,
  kHashOrder,
  kTimeDependence,
  kEnvironment,
  kUnknown,
};
const char* cause_name(Cause cause);

enum class Proof { kInferred, kRecorded, kReplay, kCounterfactual };
const char* proof_name(Proof proof);

// What the rules conclude from the evidence at one origin.
struct Conclusion {
  Cause cause = Cause::kUnknown;
  Proof proof = Proof::kInferred;
  std::string code;                    // "DET101"
  std::vector<std::string> evidence;   // observed facts, one line each
  std::string fix;                     // the next act
  std::string file;                    // where in the source, when only the rule knows; else empty
  uint32_t line = 0;
};

// Asks every rule; the strongest proof wins, `unknown` when none applies. Never looks at a name.
Conclusion conclude(const OriginEvidence& evidence);

// What is to be said where nobody looked for the cause: `unknown`, without a proof.
Conclusion undecided(const OriginEvidence& evidence);

}  // namespace detaudit::rules
