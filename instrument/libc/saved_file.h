#pragma once

namespace detaudit::instrument {

// Before a file is emptied or replaced: what it holds is digested when this run wrote it, since it
// cannot be judged after the run. One `stat` for a file that is not the run's, one reading for one
// that is; at most kMostSaves in a process, and then it is said that there were more.
inline constexpr int kMostSaves = 1000;
void note_overwritten_at(int folder, const char* path);

}  // namespace detaudit::instrument
