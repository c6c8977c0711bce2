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
};

// Asks every rule; the strongest proof wins, `unknown` when none applies. Never looks at a name.
Conclusion conclude(const OriginEvidence& evidence);

}  // namespace detaudit::rules
