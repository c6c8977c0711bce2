#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "kernels/catalogue.h"

namespace detaudit::kernels {

// Values in [-1, 1), the same on every machine.
std::vector<float> trial_values(size_t elements, uint64_t seed);

// One shape of a pair: how to run it, and float64's answer.
struct PairCase {
  size_t elements = 0;  // of the output; several outputs lie one after the other
  std::function<void(Pool&, Variant, float* out)> run;
  std::vector<double> expected;
  std::vector<double> magnitudes;  // of each element: the sum of its terms' absolute values
  double bound = 0;                // derived, of |out - expected| / magnitude
};

// Runs every case on pools of 1 to 4 threads, `repeats` times each. Passes when the deterministic
// version gave one digest a case, within the bound.
PairCheck check_pair(std::span<const PairCase> cases, unsigned repeats);

// The largest |out - expected| / magnitude; infinity where only one of them is finite.
double relative_error(std::span<const float> out, const PairCase& pair_case);

// Runs the three in turn for about `budget_seconds`, at least three times each; medians.
PairCost measure_pair(std::string shape, double budget_seconds, const std::function<void()>& atomic,
                      const std::function<void()>& deterministic,
                      const std::function<void()>& private_merge);

}  // namespace detaudit::kernels
