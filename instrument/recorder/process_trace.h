#pragma once

#include <cstddef>

#include "instrument/trace/writer.h"

namespace detaudit::instrument {

// Which trace file is this process's, by birth: "p0" for the first, "<parent>.<n>" for a fork's
// child, "<parent>.c<n>" for the nth program that was started (vfork, posix_spawn, system, popen),
// "<parent>.r<n>" for rank n of a launcher, "<parent>.s<n>" for a program started in a way that was not seen, in order of
// arrival, "<earlier>x<n>" for one that replaced another in the same process. Processes find each
// other by links named by process id in the trace directory, removed when they end.
inline constexpr size_t kProcessNameBytes = 128;

// Opens a new program's trace and fills `name`. False when none can be opened.
bool open_first_trace(TraceWriter& writer, const char* directory, char* name);

// Opens the trace of the `child`th fork of `parent`, in the child.
bool open_child_trace(TraceWriter& writer, const char* directory, const char* parent,
                      unsigned child, char* name);

// In a vfork's child that becomes a program: the `number`th of `parent`. Its parent's memory is its
// own, so it has no trace yet; the program finds its name.
bool has_name(const char* directory);
void name_started_process(const char* directory, const char* parent, unsigned number);

// Around a call in which the C library itself makes the child: its program, once the probe in it
// begins, takes the name that its parent offers. An offer waits until the last one was taken, 100 ms
// at most: by then its program cannot take it any more. False when `name` cannot be offered.
bool offer_name(const char* directory, const char* parent, unsigned number);
void withdraw_name(const char* directory, const char* parent, unsigned number);

void forget_process(const char* directory);

}  // namespace detaudit::instrument
