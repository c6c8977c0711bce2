#pragma once

#include <filesystem>

#include "instrument/trace/reader.h"

namespace detaudit::instrument {

// Seals the unfinished traces of a run whose process ended normally without saying so (_exit):
// allowed only for files with no partial record and no drop. Returns how many were sealed.
int seal_finished_process(const std::filesystem::path& run_directory);

}  // namespace detaudit::instrument
