#pragma once

#include "detaudit/probe.h"
#include "instrument/recorder/operations.h"

namespace detaudit::instrument {

// What keeps a buffer from being read as declared ("no data"); null when nothing does.
const char* misuse(const detaudit_buffer& buffer);

// Counts what cannot be read as lost: "`conv`: output `y` has no data". No lock may be held.
void count_misuse(const char* op, const char* role, const char* name, const char* what);

// What a subject declared, made safe: no data or no sense is an empty buffer.
DeclaredBuffer declare(const detaudit_buffer& buffer);

// Also digests it.
DeclaredBuffer declare_digested(const detaudit_buffer& buffer);

// One that is not read: it has the digest that the subject gives.
DeclaredBuffer declare_given(const detaudit_buffer& buffer, const kernels::Digest& digest);

}  // namespace detaudit::instrument
