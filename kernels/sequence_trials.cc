#include "kernels/sequence_trials.h"

#include <vector>

namespace detaudit::kernels {

PairCost measure_trial(Pool& pool, const SequenceTrial& trial) {
  constexpr double kBudgetSeconds = 0.04;
  std::vector<float> out(trial.elements);
  return measure_pair(
      trial.shape, kBudgetSeconds, [&] { trial.run(pool, Variant::kAtomic, out.data()); },
      [&] { trial.run(pool, Variant::kDeterministic, out.data()); },
      [&] { trial.run_private(pool, out.data()); });
}

PairCheck verify_trials(std::span<const SequenceTrial> trials, unsigned repeats) {
  std::vector<PairCase> cases;
  for (const SequenceTrial& trial : trials) {
    Reference reference = trial.reference();
    cases.push_back({trial.elements, trial.run, std::move(reference.values),
                     std::move(reference.magnitudes), rounding_bound(trial.roundings)});
  }
  return check_pair(cases, repeats);
}

}  // namespace detaudit::kernels
