#pragma once

namespace detaudit::auditor {

// Ctrl-C and SIGTERM as something to look at instead of something that happens. While at least one
// watch exists, SIGINT, SIGTERM and SIGHUP (unless ignored from the start) are counted and wake who
// polls fd(); the last watch to go restores what was there. Hold one over a whole audit, so that an
// interruption between two runs is seen too. One thread.
class InterruptionWatch {
 public:
  InterruptionWatch();
  ~InterruptionWatch();
  InterruptionWatch(const InterruptionWatch&) = delete;
  InterruptionWatch& operator=(const InterruptionWatch&) = delete;

  int requests() const;  // since the first of the watches that exist
  int fd() const;        // readable when there is a request not yet drained
  void drain();
};

}  // namespace detaudit::auditor
