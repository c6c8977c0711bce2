#pragma once

#include "auditor/audit/adapter_coverage.h"
#include "auditor/audit/observation.h"
#include "auditor/audit/verdict.h"
#include "reports/report.h"

namespace detaudit::auditor {

// The report model of a judged audit. Leaves audit_id and started to the caller.
reports::Report make_report(const Plan& plan, const Observation& observation,
                            const Judgement& judgement, const Manifest& manifest);

// The finding as the report has it, but for its id and fix cost.
reports::ReportFinding make_finding(const Finding& finding, Mode mode);

}  // namespace detaudit::auditor
