#pragma once

#include <cstddef>
#include <span>

#include "instrument/recorder/sources.h"

namespace detaudit::instrument {

// What the probe of vendors' libraries (cuBLAS, cuDNN, cuRAND, NVRTC) uses of the recorder.

// The library call that the calling thread is in, as text: what the GPU probe says a launch was
// for. The outermost stands. `label` lives until it is left.
DETAUDIT_INTERNAL bool enter_library_call(const char* label);  // false: it is in one already
DETAUDIT_INTERNAL void leave_library_call();
DETAUDIT_INTERNAL const char* library_call();  // null: in none

// `Inside` must be held, and probing() true, for those below.

// What the subject asked of a library, or what of its settings matters. Each pair is kept once, the
// first kMostLibraryFacts of a process.
inline constexpr unsigned kMostLibraryFacts = 1024;
DETAUDIT_INTERNAL void note_library_setting(const char* call, const char* setting);

// A call whose effects are not recorded, and why: coverage says so. Literals.
DETAUDIT_INTERNAL void note_unseen_call(const char* call, const char* why);

// The choice of a library, or the subject's among those of a library, as an event of the calling
// thread: the same problem and another choice is an origin. `problem` is empty when it is not
// known. `choice` is kept as a setting is, with the problem's digest.
DETAUDIT_INTERNAL void record_choice(const char* call, std::span<const std::byte> problem,
                                     const char* choice);
// The state that a generator of a library is set to, as an RNG stream event.
DETAUDIT_INTERNAL void record_seed(const char* call, const char* key, const char* state);

}  // namespace detaudit::instrument
