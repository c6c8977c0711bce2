#pragma once

#include "auditor/workload/context.h"
#include "auditor/workload/images.h"
#include "auditor/workload/options.h"

namespace detaudit::workload {

// Images in a folder, or how many are drawn when none is named.
inline constexpr size_t kDrawnTrainImages = 6400;
inline constexpr size_t kDrawnTestImages = 1000;

// Reads options.data when it is given; draws nothing. Throws reports::DiagnosticError (exit 2) for
// files that cannot be used and for a batch larger than the data set.
ImageData read_image_data(const Options& options);

// Draws the built-in data set, as an operation.
ImageData draw_image_data(Context& context);

}  // namespace detaudit::workload
