#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace detaudit::auditor {

// What a small program prints (at most 1 MiB of it), asked for a fact about this machine: run with
// our own environment, stdin and stderr away. Absent when it cannot be started, does not exit with
// 0 or is not done in time; then it is killed.
std::optional<std::string> output_of(const std::vector<std::string>& argv,
                                     std::chrono::milliseconds limit,
                                     const std::filesystem::path& directory = {});

}  // namespace detaudit::auditor
