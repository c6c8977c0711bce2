// cuDNN in software, as far as the subjects use it.
#include <algorithm>
#include <cstddef>
#include <iterator>

#include "tests/subjects/gpu/soft_library.h"

struct Performance {
  int algorithm, status;
  float time;
  size_t memory;
  int determinism, math, reserved[3];
};

// Descriptors are arrays of four numbers.
LIBRARY_CALL cudnnGetTensorNdDescriptor(const int* descriptor, int, int* type, int* dimensions,
                                        int* shape, int* strides) {
  *type = 0;
  *dimensions = 4;
  std::copy_n(descriptor, 4, shape);
  std::fill_n(strides, 4, 1);
  return 0;
}
LIBRARY_CALL cudnnGetFilterNdDescriptor(const int* descriptor, int, int* type, int* format,
                                        int* dimensions, int* shape) {
  *format = 0;
  int strides[4];
  return cudnnGetTensorNdDescriptor(descriptor, 4, type, dimensions, shape, strides);
}
LIBRARY_CALL cudnnGetConvolutionNdDescriptor(const int* descriptor, int, int* length, int* padding,
                                             int* strides, int* dilation, int* mode, int* type) {
  *length = 2;
  *mode = *type = 0;
  for (int* to : {padding, strides, dilation}) std::copy_n(descriptor, 2, to);
  return 0;
}

// Which is fastest is measured, and so by chance.
static int measure(int* returned, Performance* results) {
  *returned = 1;
  *results = {};
  results->algorithm = static_cast<int>(__builtin_ia32_rdtsc() >> 4 & 1);
  return 0;
}
LIBRARY_CALL cudnnFindConvolutionForwardAlgorithm(void*, void*, void*, void*, void*, int,
                                                  int* returned, Performance* results) {
  return measure(returned, results);
}

LIBRARY_CALL cudnnFindConvolutionForwardAlgorithmEx(void*, void*, const void*, void*, const void*,
                                                    void*, void*, void*, int, int* returned,
                                                    Performance* results, void*, size_t) {
  return measure(returned, results);
}
// The heuristic is none the wiser.
LIBRARY_CALL cudnnGetConvolutionForwardAlgorithm_v7(void*, void*, void*, void*, void*, int,
                                                    int* returned, Performance* results) {
  return measure(returned, results);
}
// The states of a generator on the device: here a number drawn from the seed.
LIBRARY_CALL cudnnSetDropoutDescriptor(void*, void*, float, void* states, size_t,
                                       unsigned long long seed) {
  const auto drawn = static_cast<float>(seed * 0x9e3779b97f4a7c15u >> 40);
  return cuMemcpyHtoD(reinterpret_cast<CUdeviceptr>(states), &drawn, sizeof drawn) != 0;
}

LIBRARY_CALL cudnnConvolutionForward(void*, const void*, const void*, const void* x, const void*,
                                     const void*, const void*, int algorithm, void*, size_t,
                                     const void*, const void*, void* y) {
  return launch_sum(algorithm == 0 ? kOrderedSum : kBackwardSum, x, y);
}
LIBRARY_CALL cudnnConvolutionBackwardFilter(void*, const void*, const void*, const void* x,
                                            const void*, const void*, const void*, int algorithm,
                                            void*, size_t, const void*, const void*, void* dw) {
  return launch_sum(algorithm == 0 ? kAtomicSum : kOrderedSum, x, dw);
}
