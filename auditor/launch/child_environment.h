#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "auditor/launch/runner.h"

namespace detaudit::auditor {

// Our own environment with what the conditions ask for put in, as NAME=value, sorted by name.
// `preload`: library to put before the user's LD_PRELOAD; empty for none.
std::vector<std::string> child_environment(const Conditions& conditions,
                                           const std::filesystem::path& preload);

}  // namespace detaudit::auditor
