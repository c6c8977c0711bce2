#pragma once

#include "auditor/workload/context.h"
#include "auditor/workload/options.h"
#include "auditor/workload/text.h"

namespace detaudit::workload {

inline constexpr size_t kWrittenTextBytes = 120'000;

// The text of options.data, or as much of the built-in text as there is. Throws
// reports::DiagnosticError (exit 2) for a file that cannot be used and for a batch larger than the
// text has windows.
TextData make_text_data(const Seeding& seeding, const Options& options);

}  // namespace detaudit::workload
