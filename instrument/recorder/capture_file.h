#pragma once

#include "instrument/recorder/operations.h"
#include "instrument/recorder/recorder.h"

namespace detaudit::instrument {

// Writes the outputs of an operation to capture files, as trace/capture.h describes, when the run
// was asked for it. A file that cannot be written is left out.
void capture_outputs(const Operation& operation);

}  // namespace detaudit::instrument
