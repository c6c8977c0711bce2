#pragma once

#include <set>
#include <string>
#include <vector>

#include "instrument/trace/event.h"

namespace detaudit::auditor {

// What was seen from outside of programs that no probe reaches.
struct OutsideView {
  std::vector<instrument::SourceRecord>
      files;                     // made, written, removed, or an earlier run's: each once
  std::set<std::string> unseen;  // why they may have done more than that to files
  std::string refused;           // why one could not be watched; empty: all that asked were
};

}  // namespace detaudit::auditor
