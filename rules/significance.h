#pragma once

namespace detaudit::rules {

// Chance of a wrong attribution that a proof allows, over everything tried for one origin.
inline constexpr double kSignificance = 0.01;

// Of so many trials, how many parted.
struct Trials {
  unsigned parted = 0;
  unsigned trials = 0;
};

// Fisher's exact test, one-sided: the chance that at least as many of the partings seen would have
// fallen to `freed` by luck, were both equally likely to part. 1 when there is nothing to compare.
double fisher_exact(Trials held, Trials freed);

}  // namespace detaudit::rules
