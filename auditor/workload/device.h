#pragma once

#include <string>

#include "auditor/workload/executor.h"

namespace detaudit::workload {

enum class DeviceChoice { kCpu, kCuda, kAuto };

// The device that was asked for; kAuto: a GPU if one answers. Throws reports::DiagnosticError
// (exit 2) that names what is missing when a GPU was asked for and none answers.
Device choose_device(DeviceChoice choice);

}  // namespace detaudit::workload
