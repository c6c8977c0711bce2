#pragma once

#include <sys/types.h>

#include <set>
#include <string>
#include <vector>

namespace detaudit::auditor {

// Makes this process the one to which a subject's orphans fall, daemons included, so that those
// who outlive it are known. Hold one from before the subject starts. One at a time.
class OrphanWatch {
 public:
  OrphanWatch();
  ~OrphanWatch();
  OrphanWatch(const OrphanWatch&) = delete;
  OrphanWatch& operator=(const OrphanWatch&) = delete;

  // Command lines of the orphans that run now; reaps those that ended. `subject` is left alone.
  std::vector<std::string> running(pid_t subject) const;

 private:
  std::set<pid_t> others_;  // children that we had before
  int was_ = 0;
};

}  // namespace detaudit::auditor
