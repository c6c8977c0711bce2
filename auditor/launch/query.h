#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace detaudit::auditor {

// What a program prints (at most `most_bytes` of it), asked for a fact: run with
// our own environment, stdin and stderr away. Absent when it cannot be started, does not exit with
// 0 or is not done in time; then it is killed.
std::optional<std::string> output_of(const std::vector<std::string>& argv,
                                     std::chrono::milliseconds limit,
                                     const std::filesystem::path& directory = {},
                                     size_t most_bytes = size_t{1} << 20);

}  // namespace detaudit::auditor
