#include "instrument/libraries/cudnn_problem.h"

#include <iterator>

#include "instrument/libraries/library_function.h"

namespace detaudit::instrument {
namespace {

constexpr int kMostDimensions = 8;  // CUDNN_DIM_MAX

constinit LibraryFunction<int(void*, int, int*, int*, int*, int*)> g_tensor(
    kCudnnLibrary, "cudnnGetTensorNdDescriptor");
constinit LibraryFunction<int(void*, int, int*, int*, int*, int*)> g_filter(
    kCudnnLibrary, "cudnnGetFilterNdDescriptor");
constinit LibraryFunction<int(void*, int, int*, int*, int*, int*, int*, int*)> g_convolution(
    kCudnnLibrary, "cudnnGetConvolutionNdDescriptor");

}  // namespace

int* CudnnProblem::room_for(unsigned count) {
  known_ = known_ && probing() && used_ + count <= std::size(numbers_);
  if (!known_) return nullptr;
  used_ += count;
  return numbers_ + used_ - count;
}

void CudnnProblem::add_tensor(void* descriptor) {
  int* to = room_for(2 + 2 * kMostDimensions);
  known_ = to && g_tensor.call(1, descriptor, kMostDimensions, &to[0], &to[1], &to[2],
                               &to[2 + kMostDimensions]) == 0;
}

void CudnnProblem::add_filter(void* descriptor) {
  int* to = room_for(3 + kMostDimensions);
  known_ = to && g_filter.call(1, descriptor, kMostDimensions, &to[0], &to[1], &to[2], &to[3]) == 0;
}

void CudnnProblem::add_convolution(void* descriptor) {
  constexpr int kMost = kMostDimensions - 2;
  int* to = room_for(3 + 3 * kMost);
  known_ = to && g_convolution.call(1, descriptor, kMost, &to[0], &to[3], &to[3 + kMost],
                                    &to[3 + 2 * kMost], &to[1], &to[2]) == 0;
}

}  // namespace detaudit::instrument
