#include "reports/code_tables.h"

namespace detaudit::reports {
namespace {

constexpr Code kScriptCodes[] = {
    {"DET301", "script-unseeded-generator", Severity::kError,
     "A script makes a random generator without a seed. It takes one from the system's entropy, "
     "whatever the framework's global seed is.",
     "Everything drawn from it differs in every run: shuffles, augmentation, initial weights.",
     "rng = numpy.random.default_rng()",
     "Pass a seed of the run's configuration.\n"
     "- NumPy: numpy.random.default_rng(seed); numpy.random.seed does not reach it.\n"
     "- Python: random.Random(seed)."},
};

}  // namespace

std::span<const Code> script_codes() { return kScriptCodes; }

}  // namespace detaudit::reports
