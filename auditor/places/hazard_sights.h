#pragma once

#include <string>

#include "auditor/store/store.h"
#include "reports/scan_report.h"

namespace detaudit::auditor {

// Says of each hazard what an audit saw of its place: that it diverged there, ran and did not, did
// not run, or that the audit could not see it. A hazard did not run where nothing was recorded and
// a call of its kind always is; what an audit may miss is not seen. Throws exit 2 for an audit
// without a report, and traces that cannot be read.
void add_sights(reports::ScanReport& report, const Store& store, const std::string& id);

}  // namespace detaudit::auditor
