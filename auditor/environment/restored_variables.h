#pragma once

#include <string>
#include <vector>

#include "auditor/environment/manifest.h"

namespace detaudit::auditor {

// What setting this process's variables as an earlier manifest has them did.
struct RestoredVariables {
  std::vector<std::string> changed;  // "`TZ` is `UTC` again, not `CET`"
  std::vector<std::string> unknown;  // names whose values the manifest does not tell
};

// Sets the variables that a manifest takes down as they are in `then`, and unsets the others of
// those families. Variables that it does not take down stay. Not for more than one thread.
RestoredVariables restore_variables(const Manifest& then);

}  // namespace detaudit::auditor
