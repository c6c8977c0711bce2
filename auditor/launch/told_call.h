#pragma once

#include <linux/seccomp.h>

#include <string>
#include <vector>

#include "instrument/trace/event.h"

namespace detaudit::auditor {

// Files that an earlier run left changed in this time; none when both are equal.
struct EarlierWindow {
  int64_t from_ns = 0, to_ns = 0;
};

// What a system call does to files, as far as it can be told before the kernel acts on it.
struct ToldCall {
  struct Deed {
    instrument::SourceKind kind;  // kFileWritten, kFileRemoved or kFileInherited
    std::string path;             // absolute, without links
  };
  std::string name;  // of the call
  std::vector<Deed> deeds;
  std::string unseen;  // why it may do more than that; empty when it does not
};

// A call that is bound to fail does nothing: whoever made it stands still meanwhile, and what it
// names is looked at with our own rights. What another process does to that between our look and
// the kernel's act is missed.
ToldCall foresee(const seccomp_notif& call, const EarlierWindow& earlier);

}  // namespace detaudit::auditor
