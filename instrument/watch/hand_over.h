#pragma once

#include "instrument/watch/call_filter.h"

namespace detaudit::instrument {

// How a thread that is about to start a program puts it under a watcher's eyes:
//   thread: connects to the watcher's abstract socket      watcher: which calls to tell, one byte
//   thread: installs the filter, hands its descriptor over  watcher: any byte: it watches
// A thread that could not install it sends its errno as a negative int instead.
enum class HandOver {
  kWatched,    // all that the thread, and what it starts or becomes, does to files is seen
  kUnwatched,  // nothing was changed
  kForsaken,   // the watcher died between: the filter is there, and told calls fail (ENOSYS)
};

// Only system calls and the stack: also for a vfork's child. `socket_name`: "" for no watcher.
HandOver hand_over(const char* socket_name);

}  // namespace detaudit::instrument
