#pragma once

#include <string>
#include <vector>

#include "auditor/audit/observation.h"
#include "reports/report.h"

namespace detaudit::auditor {

// What --goal metrics finds; empty for other goals.
struct MetricsJudgement {
  bool outside = false;                // a named metric is out of its tolerance
  std::vector<std::string> missing;    // named metrics that were not recorded in every run
  std::vector<std::string> lines;      // one a metric, for the verdict's reasons
};
MetricsJudgement judge_metrics(const Plan& plan, const Observation& observation);

// Every metric recorded, for the report.
std::vector<reports::ReportMetric> report_metrics(const Plan& plan, const Observation& observation);

}  // namespace detaudit::auditor
