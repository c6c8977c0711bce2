#pragma once

#include <sys/types.h>

#include "auditor/launch/file_descriptor.h"

namespace detaudit::auditor {

// A process that outlives the watcher of told calls: while nobody answers them they fail, and a
// program that its audit left behind, or whose audit was killed, shall go on as it would alone.
// It holds all descriptors on which calls are told, sleeps, and lets every call pass once the
// watcher is gone, until the last program under a filter ended. In a session of its own.
class CallKeeper {
 public:
  CallKeeper();
  ~CallKeeper();
  CallKeeper(const CallKeeper&) = delete;
  CallKeeper& operator=(const CallKeeper&) = delete;

  bool keep(int listener);  // false: it could not be given; it stays the caller's either way
  void expect_end() { idle_ = true; }  // all that it holds is at its end

 private:
  FileDescriptor channel_;
  pid_t pid_ = -1;
  bool idle_ = false;
};

}  // namespace detaudit::auditor
