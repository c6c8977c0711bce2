#pragma once

#include <limits.h>
#include <sys/types.h>

namespace detaudit::instrument {

// What the probe notes about files, each after the subject's call went well; not devices, nor our
// own. Each opens a ProbeScope of its own.

// In a ProbeScope. What an open descriptor is called now, "pipe:[3]" included; false when it has no
// name. The absolute name of what need not exist: its folder does. Whether a name is one of files
// that are judged.
bool name_of(int descriptor, char (&path)[PATH_MAX]);
bool absolute_name(int folder, const char* path, char (&name)[PATH_MAX]);
bool is_judged(const char* path);

// A regular file that was opened, other than to empty it: noted where an earlier run of the audit
// left it as it is.
void note_opened(const char* function, int descriptor);

// A regular file, by the name that it has now; not one that has none.
void note_written(const char* function, int descriptor);
// A name: of a file, a link, or a folder that came with all in it.
void note_written_at(const char* function, int folder, const char* path);
void note_removed_at(const char* function, int folder, const char* path);  // or moved away
void note_moved_at(int from_folder, const char* from, int to_folder, const char* to);

}  // namespace detaudit::instrument
