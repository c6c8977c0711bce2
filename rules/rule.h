#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rules/cause.h"
#include "rules/evidence.h"

namespace detaudit::rules {

// One cause family: what it concludes from the evidence, or nothing when it does not apply.
using Rule = std::optional<Conclusion> (*)(const OriginEvidence&);

std::optional<Conclusion> uninitialized_memory(const OriginEvidence&);
std::optional<Conclusion> unseeded_rng(const OriginEvidence&);
std::optional<Conclusion> time_dependence(const OriginEvidence&);
std::optional<Conclusion> hash_order(const OriginEvidence&);
std::optional<Conclusion> environment(const OriginEvidence&);
std::optional<Conclusion> folder_order(const OriginEvidence&);
std::optional<Conclusion> data_order(const OriginEvidence&);
std::optional<Conclusion> float_atomics(const OriginEvidence&);
std::optional<Conclusion> thread_scheduling(const OriginEvidence&);
std::optional<Conclusion> collective_order(const OriginEvidence&);
std::optional<Conclusion> kernel_float_sums(const OriginEvidence&);
std::optional<Conclusion> kernel_block_order(const OriginEvidence&);

std::optional<Conclusion> library_choice(const OriginEvidence&);
std::optional<Conclusion> library_kernel(const OriginEvidence&);

// What is known of the library calls at the origin, a line a fact.
std::vector<std::string> describe_library(const OriginEvidence& evidence);
// What to turn off in the library call that launched the kernel; empty when nothing is known.
std::string library_fix(const OriginEvidence& evidence);

// What is known of the kernel's code at the origin, a line a fact; nothing where there is none.
std::vector<std::string> describe_code(const OriginEvidence& evidence);

// True when freeing `factor` alone brought the divergence back while it stayed away with every
// factor held, so often that luck is ruled out: the counterfactual that proves a cause.
bool proven_by(const OriginEvidence& evidence, Factor factor);

// True when the experiments cannot prove it any more: the held arms part as well.
bool held_in_vain(const OriginEvidence& evidence);

// The sentence that states that proof.
std::string proof_sentence(const OriginEvidence& evidence, Factor factor);

// The schedule of threads decides the op's bytes: by replay on free workers against one worker, or
// by experiment. Nothing when luck could have made it look so.
struct ScheduleProof {
  Proof proof;
  std::vector<std::string> sentences;
};
std::optional<ScheduleProof> schedule_decides(const OriginEvidence& evidence);

// How the difference compares with rounding.
enum class DifferenceSize { kUnknown, kRounding, kBeyondRounding };
DifferenceSize difference_size(const OriginEvidence& evidence);

// What the replays on exact sums say about contributions: whether all of them arrive.
enum class Arrivals { kUnknown, kAll, kLost };
Arrivals arrivals(const OriginEvidence& evidence);

// "with all inputs one power of two 0 of 33 executions differed; with eighths of it ..."
std::string describe_exact_replays(const OriginEvidence& evidence);

// "read 3 times: std::random_device at libfoo.so+0x1234"
std::string describe(const instrument::SourceRecord& source);

}  // namespace detaudit::rules
