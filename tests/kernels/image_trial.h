#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <span>
#include <vector>

#include "kernels/digest.h"
#include "kernels/image_cases.h"
#include "kernels/image_reference.h"
#include "kernels/pair_trial.h"

namespace detaudit::kernels {

inline PairCase forward_case(Reference reference, size_t roundings,
                             std::function<void(Pool&, Variant, float*)> run) {
  return {reference.values.size(), std::move(run), reference.values, reference.magnitudes,
          rounding_bound(roundings)};
}

// The deterministic version: one digest on pools of 1 to 4 threads, within the bound.
inline void expect_deterministic(const PairCase& pair_case) {
  PairCheck check = check_pair({&pair_case, 1}, 3);
  EXPECT_EQ(check.distinct_deterministic, 1u);
  EXPECT_LE(check.max_relative_error, check.error_bound);
}

// Distinct outputs of up to 4000 runs of the atomic version on 4 threads; stops at the second.
// Measured with all four threads on one core of a busy machine, the worst case: a second result
// came after 5 to 59 runs on average, so the odds of 4000 equal ones are below exp(-60).
inline size_t distinct_atomic(const PairCase& pair_case) {
  Pool pool(4);
  std::vector<float> out(pair_case.elements);
  std::set<Digest> digests;
  for (int i = 0; i < 4000 && digests.size() < 2; ++i) {
    pair_case.run(pool, Variant::kAtomic, out.data());
    digests.insert(digest(out.data(), out.size() * sizeof(float)));
  }
  return digests.size();
}

// The atomic version is within the bound too.
inline void expect_atomic_is_close(const PairCase& pair_case) {
  Pool pool(4);
  std::vector<float> out(pair_case.elements);
  pair_case.run(pool, Variant::kAtomic, out.data());
  EXPECT_LE(relative_error(out, pair_case), pair_case.bound);
}

}  // namespace detaudit::kernels
