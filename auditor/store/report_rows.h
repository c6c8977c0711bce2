#pragma once

#include <string>

#include "auditor/store/database.h"
#include "reports/report.h"

namespace detaudit::auditor {

// Writes a report's parts into the tables for those who query the database by hand. The caller
// holds the transaction; the audit's row is there.
void insert_report_rows(Database& database, const std::string& audit,
                        const reports::Report& report);

}  // namespace detaudit::auditor
