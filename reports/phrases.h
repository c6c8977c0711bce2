#pragma once

#include <string>

#include "reports/report.h"

namespace detaudit::reports {

// What the model means in words, the same in every format. Texts of the model stand in them as they
// are, for the renderer to escape; only names are cut when they are very long.

// What the verdict claims, in one sentence: for what, how far, from how many runs.
std::string claim(const Report& report);
// "first origin: `conv2d`, step 3", empty when there is none but what is set aside.
std::string first_origin(const Report& report);
// What the number of comparisons supports: 0 of N is not 0.
std::string bound(const Report& report);

std::string run_end(const ReportRun& run);             // "exit 0", "SIGSEGV", "timed out"
std::string place(const ReportFinding& finding);       // "step 3, event 118, lane `main`"
std::string magnitude(const ReportMagnitude& amount);  // "4 of 2359296 elements differ, ..."
std::string proof(const ReportFinding& finding);       // "cause: float-atomics, proven by replay"
std::string remedy(const ReportFix& fix);              // with what it costs, empty when none
std::string steps(const ReportBin& bin);               // "step 3", "steps 3 to 7"
std::string counted(uint64_t count, const std::string& noun);  // "1 run", "2 runs"

// A command line that a shell reads as these arguments; bash's `$'...'` for what else cannot be seen.
std::string shell_words(const std::vector<std::string>& arguments);

// Its digest is not that of the first run that has one.
bool digest_differs(const Report& report, const ReportRun& run);

}  // namespace detaudit::reports
