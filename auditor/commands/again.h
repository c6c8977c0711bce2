#pragma once

#include "auditor/commands/run_options.h"
#include "auditor/store/store.h"

namespace detaudit::auditor {

// Makes of a request for --again one that repeats the stored audit as it was: its options but for
// those given beside --again, its subject, its folder (which this process enters) and the
// environment variables that its manifest has (which this process sets). Says on stderr what of
// the environment differs from then. Throws exit 2 for what is gone since.
void repeat_audit(RunRequest& request, const Store& store);

}  // namespace detaudit::auditor
