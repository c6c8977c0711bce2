#include "rules/significance.h"

#include <algorithm>
#include <cmath>

namespace detaudit::rules {
namespace {

double log_choose(unsigned n, unsigned k) {
  return std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0);
}

}  // namespace

double fisher_exact(Trials held, Trials freed) {
  if (held.trials == 0 || freed.trials == 0) return 1;
  const unsigned parted = held.parted + freed.parted;
  const double all = log_choose(held.trials + freed.trials, parted);
  double chance = 0;
  for (unsigned k = freed.parted; k <= std::min(freed.trials, parted); ++k) {
    if (parted - k > held.trials) continue;
    chance += std::exp(log_choose(freed.trials, k) + log_choose(held.trials, parted - k) - all);
  }
  return std::min(1.0, chance);
}

}  // namespace detaudit::rules
