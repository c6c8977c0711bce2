#pragma once

#include <cstdint>

namespace detaudit::instrument {

// What of a program that no probe reaches is told to its watcher, before the kernel acts on it.
enum class CallsTold : uint8_t {
  kWriting = 'w',  // what makes, opens to write, moves or removes a file, or executes one
  kOpening = 'o',  // and every other open
};

// Puts the calling thread, and all that it starts or becomes, under a seccomp filter that tells
// those calls; every other runs on untold. Returns the descriptor on which they are told, closed on
// exec; or -1 with errno: EBUSY under a filter of this kind that is another's. For good, also over
// exec, and where the kernel asks for it without privileges from set-user-id files on
// (no_new_privs). Only system calls and the stack: also for a vfork's child.
int install_call_filter(CallsTold told);

// Whether the calling thread is under such a filter of ours.
bool under_call_filter();

}  // namespace detaudit::instrument
