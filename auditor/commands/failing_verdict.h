#pragma once

#include "auditor/audit/audit.h"

namespace detaudit::auditor {

// Says on stderr why an audit, or a difference, does not end with 0: one diagnostic, whatever came
// together. Nothing where it does.
void say_why_not(const Audit& audit);

}  // namespace detaudit::auditor
