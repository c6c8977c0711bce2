#pragma once

#include <cstddef>
#include <cstdint>

#include "instrument/trace/event.h"

namespace detaudit::instrument {

// Further things that the libc probe tells the recorder. `Inside` must be held, and probing() true.
#define DETAUDIT_INTERNAL __attribute__((visibility("default")))

// A fact by its texts, which are copied: each (kind, function, site) once in a process and its
// forks. Evidence, no coverage: what finds no room any more is left out.
DETAUDIT_INTERNAL void note_fact(SourceKind kind, const char* function, const char* site,
                                 uint64_t count);

// "module+0xoffset" of a return address, and a record of the module's file for who resolves it.
// False when the code there is the C library's, the loader's, or ours.
DETAUDIT_INTERNAL bool describe_site(const void* address, char* name, size_t bytes);

// The same for a call that may come out of a system library, such as the C++ library's streams:
// then the places above it that are in none, at most four, innermost first.
DETAUDIT_INTERNAL bool describe_caller(const void* address, char* names, size_t bytes);

}  // namespace detaudit::instrument
