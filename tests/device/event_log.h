#pragma once

#include <string>
#include <vector>

#include "kernels/digest.h"

namespace detaudit::device {

// What the probe API was told: event_log.cc implements the API for these checks.
struct LoggedEvent {
  std::string name;  // "step 3: dense_forward [hidden]"
  std::vector<kernels::Digest> inputs, outputs;
  friend bool operator==(const LoggedEvent&, const LoggedEvent&) = default;
};

// The events since the last call.
std::vector<LoggedEvent> take_events();

}  // namespace detaudit::device
