#pragma once

#include "detaudit/probe.h"
#include "instrument/recorder/operations.h"

namespace detaudit::instrument {

// What a subject declared, made safe: no data or no sense is an empty buffer.
DeclaredBuffer declare(const detaudit_buffer& buffer);

// Also digests it.
DeclaredBuffer declare_digested(const detaudit_buffer& buffer);

}  // namespace detaudit::instrument
