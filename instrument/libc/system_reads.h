#pragma once

namespace detaudit::instrument {

// The subject opens a file in which the system tells what is not the same everywhere, or twice:
// /proc and /sys. Noted.
void note_system_file(const char* function, int folder, const char* path);

}  // namespace detaudit::instrument
