#pragma once

#include <cstddef>

#include "instrument/trace/writer.h"

namespace detaudit::instrument {

// Which trace file is this process's, by birth: "p0" for the first, "<parent>.<n>" for a fork's
// child,
// "<parent>.s<n>" for a program started without a fork that we saw, "<earlier>x<n>" for one that
// replaced another in the same process. Processes find each other by links named by process id in
// the trace directory, removed when they end.
inline constexpr size_t kProcessNameBytes = 128;

// Opens a new program's trace and fills `name`. False when none can be opened.
bool open_first_trace(TraceWriter& writer, const char* directory, char* name);

// Opens the trace of the `child`th fork of `parent`, in the child.
bool open_child_trace(TraceWriter& writer, const char* directory, const char* parent,
                      unsigned child, char* name);

void forget_process(const char* directory);

}  // namespace detaudit::instrument
