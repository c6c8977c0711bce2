#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "reports/report.h"

namespace detaudit::tests {

// Whole report models, one for each verdict, and one whose every text is hostile: what the
// renderers are held to. The same in every process.
reports::Report divergent_report();
reports::Report reproducible_report();
reports::Report inconclusive_report();
reports::Report within_tolerance_report();
reports::Report hostile_report();

struct SampleReport {
  std::string name;
  reports::Report report;
};
void PrintTo(const SampleReport& sample, std::ostream* out);  // GoogleTest's name for it
std::vector<SampleReport> sample_reports();

}  // namespace detaudit::tests
