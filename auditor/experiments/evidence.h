#pragma once

#include <filesystem>

#include "auditor/compare/comparison.h"
#include "rules/evidence.h"

namespace detaudit::auditor {

// Parts of evidence gathering that the recorded runs and the arms share.
rules::OriginShape origin_shape(DivergenceShape shape);
double dtype_epsilon(kernels::DType dtype);
void add_replays(const OriginGroup& group, const RunFacts& facts, rules::OriginEvidence& evidence);

// Counts one pair of runs at a group's origin.
void tally(const OriginGroup& group, const Comparison& comparison, rules::FactorOutcome& outcome);

// Takes the magnitude at the origin from the buffers that two runs captured, when both did.
void add_captured_magnitude(const OriginGroup& group, const std::filesystem::path& a,
                            const std::filesystem::path& b, rules::OriginEvidence& evidence);

// Whether what two runs wrote at the origin, where they part, is the same in another order: a
// buffer's elements, or the words of an output.
bool in_other_order(const OriginGroup& group, const std::filesystem::path& a,
                    const std::filesystem::path& b);

}  // namespace detaudit::auditor
