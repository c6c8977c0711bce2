#pragma once

#include <cstdint>
#include <string>

namespace detaudit::auditor {

// The process that runs an audit, told apart from any other that gets its id later.
struct Owner {
  int64_t pid = 0;
  int64_t start = 0;  // clock ticks from boot to its start
  std::string boot;   // the kernel's boot id
  friend bool operator==(const Owner&, const Owner&) = default;
};

Owner this_process();
bool alive(const Owner& owner);  // on this machine, since this boot

}  // namespace detaudit::auditor
