#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace detaudit::instrument {

// The step of the newest event of a run that may still be going on: the highest over its
// processes. Nothing when no event was recorded yet. Cheap: reads one header a process.
std::optional<uint64_t> peek_step(const std::filesystem::path& run_directory);

}  // namespace detaudit::instrument
