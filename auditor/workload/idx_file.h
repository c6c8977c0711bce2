#pragma once

#include <filesystem>

#include "auditor/workload/images.h"

namespace detaudit::workload {

// Reads train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
// t10k-labels-idx1-ubyte from `folder`. Images may have any size from 8x8 to 64x64, both sets the
// same. Throws reports::DiagnosticError (DET902, exit 2) that names the file and what is wrong.
ImageData read_idx_folder(const std::filesystem::path& folder);

}  // namespace detaudit::workload
