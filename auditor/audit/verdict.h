#pragma once

#include <string>
#include <vector>

#include "auditor/audit/observation.h"
#include "auditor/environment/manifest.h"
#include "reports/diagnostic.h"

namespace detaudit::auditor {

enum class Verdict { kReproducible, kDivergent, kInconclusive, kWithinTolerance };
const char* verdict_name(Verdict verdict);
reports::ExitCode exit_code(Verdict verdict);

// A verdict and what bounds it. Never better than the evidence: anything lost, unseen or unaligned
// that could hide a divergence makes it inconclusive.
struct Judgement {
  Verdict verdict = Verdict::kInconclusive;
  std::vector<std::string> reasons;
  std::vector<std::string> unseen;
  unsigned comparisons = 0;
  double upper_95 = 1;      // on the probability that a fresh run differs from the commonest result
};

Judgement judge(const Plan& plan, const Observation& observation, const Manifest& manifest);

// Clopper-Pearson upper bound, 95%, on a probability of which `hits` of `trials` were seen.
double upper_bound_95(unsigned hits, unsigned trials);

// "exit code 0, where 3 was expected"
std::string describe_failure(const ObservedRun& run);

}  // namespace detaudit::auditor
