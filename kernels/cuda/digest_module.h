#pragma once

#include <span>

namespace detaudit::kernels::cuda {

// The digest kernel (kernels/cuda/digest_launch.h) as a fat binary for cuLibraryLoadData or
// cuModuleLoadData. Empty in a build without CUDA.
std::span<const unsigned char> digest_module();

}  // namespace detaudit::kernels::cuda
