#pragma once

#include <optional>
#include <span>
#include <string>

#include "rules/cause.h"
#include "rules/evidence.h"

namespace detaudit::rules {

// One cause family: what it concludes from the evidence, or nothing when it does not apply.
using Rule = std::optional<Conclusion> (*)(const OriginEvidence&);

std::optional<Conclusion> uninitialized_memory(const OriginEvidence&);
std::optional<Conclusion> unseeded_rng(const OriginEvidence&);
std::optional<Conclusion> time_dependence(const OriginEvidence&);
std::optional<Conclusion> hash_order(const OriginEvidence&);
std::optional<Conclusion> data_order(const OriginEvidence&);
std::optional<Conclusion> float_atomics(const OriginEvidence&);
std::optional<Conclusion> thread_scheduling(const OriginEvidence&);

// True when freeing `factor` alone brought the divergence back while it stayed away with every
// factor held: the counterfactual that proves a cause.
bool proven_by(const OriginEvidence& evidence, Factor factor);

// The sentence that states that proof.
std::string proof_sentence(const OriginEvidence& evidence, Factor factor);

// True when the schedule of threads within the op decides its bytes: by replay on free workers
// against one worker, or by experiment.
struct ScheduleProof {
  Proof proof;
  std::vector<std::string> sentences;
};
std::optional<ScheduleProof> schedule_decides(const OriginEvidence& evidence);

// How the difference compares with rounding.
enum class DifferenceSize { kUnknown, kRounding, kBeyondRounding };
DifferenceSize difference_size(const OriginEvidence& evidence);

// "read 3 times: std::random_device at libfoo.so+0x1234"
std::string describe(const instrument::SourceRecord& source);

}  // namespace detaudit::rules
