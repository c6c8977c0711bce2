#include "kernels/pair_trial.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <set>

#include "kernels/digest.h"

namespace detaudit::kernels {
namespace {

double seconds_of(const std::function<void()>& run) {
  auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Folds what one case showed into the pair's result.
void merge_case(const PairCase& pair_case, unsigned repeats, PairCheck& check) {
  std::set<Digest> atomic, deterministic;
  double error = 0;
  std::vector<float> out(pair_case.elements);
  for (unsigned threads = 1; threads <= 4; ++threads) {
    Pool pool(threads);
    for (unsigned i = 0; i < repeats; ++i) {
      pair_case.run(pool, Variant::kAtomic, out.data());
      atomic.insert(digest(out.data(), out.size() * sizeof(float)));
      pair_case.run(pool, Variant::kDeterministic, out.data());
      deterministic.insert(digest(out.data(), out.size() * sizeof(float)));
      error = std::max(error, relative_error(out, pair_case));
      check.executions += 2;
    }
  }
  check.distinct_atomic = std::max<unsigned>(check.distinct_atomic, atomic.size());
  check.distinct_deterministic =
      std::max<unsigned>(check.distinct_deterministic, deterministic.size());
  // Of several shapes the one closest to its bound is reported.
  if (check.error_bound == 0 ||
      error * check.error_bound >= check.max_relative_error * pair_case.bound) {
    check.max_relative_error = error;
    check.error_bound = pair_case.bound;
  }
}

}  // namespace

std::vector<float> trial_values(size_t elements, uint64_t seed) {
  std::vector<float> values(elements);
  uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
  for (float& value : values) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value = static_cast<float>(static_cast<int32_t>(state >> 32)) * 0x1p-31f;
  }
  return values;
}

double relative_error(std::span<const float> out, const PairCase& pair_case) {
  double worst = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    double error = std::abs(static_cast<double>(out[i]) - pair_case.expected[i]);
    if (!(error <= std::numeric_limits<double>::max())) {
      return std::numeric_limits<double>::infinity();
    }
    if (error > 0) worst = std::max(worst, error / pair_case.magnitudes[i]);
  }
  return worst;
}

PairCheck check_pair(std::span<const PairCase> cases, unsigned repeats) {
  PairCheck check;
  for (const PairCase& pair_case : cases) merge_case(pair_case, repeats, check);
  check.passed = check.executions > 0 && check.distinct_deterministic == 1 &&
                 check.max_relative_error <= check.error_bound;
  return check;
}

PairCost measure_pair(std::string shape, double budget_seconds, const std::function<void()>& atomic,
                      const std::function<void()>& deterministic,
                      const std::function<void()>& private_merge) {
  constexpr size_t kLeastRounds = 3, kMostRounds = 200;
  std::vector<double> times[3];
  double spent = 0;
  for (size_t round = 0; round <= kMostRounds; ++round) {
    if (round > kLeastRounds && spent > budget_seconds) break;
    // Whoever comes after the atomic version finds the caches cold: by turns.
    double taken[3] = {seconds_of(atomic)};
    const bool even = round % 2 == 0;
    taken[even ? 1 : 2] = seconds_of(even ? deterministic : private_merge);
    taken[even ? 2 : 1] = seconds_of(even ? private_merge : deterministic);
    for (size_t i = 0; i < 3; ++i) {
      spent += taken[i];
      if (round > 0) times[i].push_back(taken[i]);  // the first round warms the caches
    }
  }
  return {std::move(shape), median(times[0]), median(times[1]), median(times[2])};
}

}  // namespace detaudit::kernels
