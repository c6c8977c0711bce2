#include "rules/cause.h"

namespace detaudit::rules {

const char* cause_name(Cause cause) {
  switch (cause) {
    case Cause::kFloatAtomics: return "float-atomics";
    case Cause::kUnseededRng: return "unseeded-rng";
    case Cause::kDataOrder: return "data-order";
    case Cause::kUninitializedMemory: return "uninitialized-memory";
    case Cause::kThreadScheduling: return "thread-scheduling";
    case Cause::kLibrarySelection: return "library-selection";
    case Cause::kCollectiveOrder: return "collective-order";
    case Cause::kHashOrder: return "hash-order";
    case Cause::kTimeDependence: return "time-dependence";
    case Cause::kEnvironment: return "environment";
    case Cause::kUnknown: return "unknown";
  }
  return "unknown";
}

const char* proof_name(Proof proof) {
  switch (proof) {
    case Proof::kInferred: return "inferred";
    case Proof::kRecorded: return "recorded";
    case Proof::kReplay: return "replay";
    case Proof::kCounterfactual: return "counterfactual";
  }
  return "inferred";
}

const char* factor_name(Factor factor) {
  switch (factor) {
    case Factor::kSchedule: return "thread schedule";
    case Factor::kMemory: return "fill of fresh memory";
    case Factor::kEntropy: return "operating system entropy";
    case Factor::kClock: return "clock";
    case Factor::kAddresses: return "memory addresses";
    case Factor::kHashSeed: return "hash seed";
    case Factor::kProcessId: return "process id";
    case Factor::kEarlierFiles:
      return "files left by earlier runs";
    case Factor::kFolderOrder: return "order of folders' entries";
  }
  return "?";
}

}  // namespace detaudit::rules
