#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace detaudit::auditor {

// A command line as a POSIX shell divides it into words: quotes and backslashes, nothing expanded.
std::vector<std::string> shell_split(std::string_view text);

}  // namespace detaudit::auditor
