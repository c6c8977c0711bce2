#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "auditor/launch/runner.h"

namespace detaudit::auditor {

// Our own environment, as NAME=value.
std::vector<std::string> own_environment();

// The same with what the conditions ask for put in, as NAME=value, sorted by name.
// `preload`: library to put before the user's LD_PRELOAD; empty for none. With one, Python's start-up
// hook finds our adapters.
std::vector<std::string> child_environment(const Conditions& conditions,
                                           const std::filesystem::path& preload);

}  // namespace detaudit::auditor
