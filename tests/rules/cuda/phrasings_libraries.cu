#include <cublas_v2.h>
#include <cudnn.h>
#include <curand.h>
#include <curand_kernel.h>
#include <cusolverDn.h>
#include <cusparse.h>

#include <cstdlib>
#include <ctime>

#define CUDNN_CALL(call)                              \
  do {                                                \
    if ((call) != CUDNN_STATUS_SUCCESS) std::abort(); \
  } while (0)

class Handle {
 public:
  explicit Handle(cublasAtomicsMode_t mode = CUBLAS_ATOMICS_ALLOWED) {  // expect: DET250
    cublasCreate(&handle_);
    cublasSetAtomicsMode(handle_, mode);
  }
  bool fast() const {
    cublasAtomicsMode_t mode;
    cublasGetAtomicsMode(handle_, &mode);
    return mode == CUBLAS_ATOMICS_ALLOWED;
  }

 private:
  cublasHandle_t handle_;
};

struct Convolution {
  cudnnHandle_t handle;
  cudnnTensorDescriptor_t x, y;
  cudnnFilterDescriptor_t w;
  cudnnConvolutionDescriptor_t conv;
  cudnnConvolutionBwdFilterAlgo_t filter = CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0;  // expect: DET250
  cudnnConvolutionBwdFilterAlgo_t safe = CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1;
  static constexpr auto kData = CUDNN_CONVOLUTION_BWD_DATA_ALGO_0;  // expect: DET250
  static constexpr auto kSafe = CUDNN_CONVOLUTION_BWD_DATA_ALGO_1;

  void tune(const void* px, const void* pw, void* py, void* space, size_t bytes) {
    int found = 0;
    cudnnConvolutionFwdAlgoPerf_t forward[8];
    CUDNN_CALL(cudnnFindConvolutionForwardAlgorithm(handle, x, w, conv, y, 8, &found, forward));  // expect: DET251
    CUDNN_CALL(cudnnFindConvolutionForwardAlgorithmEx(handle, x, px, w, pw, conv, y, py, 8, &found, forward, space, bytes));  // expect: DET251
    cudnnConvolutionBwdDataAlgoPerf_t data[8];
    cudnnFindConvolutionBackwardDataAlgorithm(handle, w, y, conv, x, 8, &found, data);  // expect: DET251
    cudnnConvolutionBwdFilterAlgoPerf_t filters[8];
    auto find = &cudnnFindConvolutionBackwardFilterAlgorithm;  // expect: DET251
    find(handle, x, y, conv, w, 8, &found, filters);
    CUDNN_CALL(cudnnGetConvolutionForwardAlgorithm_v7(handle, x, w, conv, y, 8, &found, forward));
  }
  void backward(const float* px, const float* dy, float* dw, float* dx, const float* pw, float one) {
    cudnnConvolutionBackwardFilter(handle, &one, x, px, y, dy, conv, CUDNN_CONVOLUTION_BWD_FILTER_ALGO_3, nullptr, 0,  // expect: DET250
                                   &one, w, dw);
    cudnnConvolutionBackwardFilter(handle, &one, x, px, y, dy, conv, safe, nullptr, 0, &one, w, dw);
    cudnnConvolutionBackwardData(handle, &one, w, pw, y, dy, conv, kSafe, nullptr, 0, &one, x, dx);
  }
  void ctc(cudnnCTCLossDescriptor_t loss, const float* probabilities, const int* labels, float* out, float* grad) {
    cudnnCTCLoss(handle, x, probabilities, labels, labels, labels, out, y, grad, CUDNN_CTC_LOSS_ALGO_NON_DETERMINISTIC,  // expect: DET250
                 loss, nullptr, 0);
    cudnnCTCLoss(handle, x, probabilities, labels, labels, labels, out, y, grad, CUDNN_CTC_LOSS_ALGO_DETERMINISTIC, loss,
                 nullptr, 0);
  }
};

namespace solver {
constexpr cusolverDeterministicMode_t kFast = CUSOLVER_ALLOW_NON_DETERMINISTIC_RESULTS;  // expect: DET250
void set(cusolverDnHandle_t h, bool exact) {
  cusolverDnSetDeterministicMode(h, kFast);
  cusolverDnSetDeterministicMode(h, CUSOLVER_DETERMINISTIC_RESULTS);
  cusolverDnSetDeterministicMode(h, exact ? CUSOLVER_DETERMINISTIC_RESULTS : CUSOLVER_ALLOW_NON_DETERMINISTIC_RESULTS);  // expect: DET250
}
}  // namespace solver

void sparse(cusparseHandle_t h, cusparseSpMatDescr_t a, cusparseDnMatDescr_t b, const float* one) {
  size_t bytes;
  cusparseSpMM_bufferSize(h, CUSPARSE_OPERATION_NON_TRANSPOSE, CUSPARSE_OPERATION_NON_TRANSPOSE, one, a, b, one, b,
                          CUDA_R_32F, CUSPARSE_SPMM_COO_ALG1, &bytes);  // expect: DET250
  cusparseSpMM(h, CUSPARSE_OPERATION_NON_TRANSPOSE, CUSPARSE_OPERATION_NON_TRANSPOSE, one, a, b, one, b, CUDA_R_32F,
               CUSPARSE_SPMM_CSR_ALG2, nullptr);
}

void numbers(curandGenerator_t g, int rank) {
  curandOrdering_t order = CURAND_ORDERING_PSEUDO_DYNAMIC;  // expect: DET213
  curandSetGeneratorOrdering(g, order);
  auto set = [g](curandOrdering_t o) { return curandSetGeneratorOrdering(g, o); };
  set(CURAND_ORDERING_PSEUDO_DYNAMIC);  // expect: DET213
  set(CURAND_ORDERING_PSEUDO_SEEDED);
  curandSetPseudoRandomGeneratorSeed(g, static_cast<unsigned long long>(std::time(nullptr)) + rank);  // expect: DET211
  curandSetPseudoRandomGeneratorSeed(g, 1234ULL + rank);
}
__global__ void states(curandStatePhilox4_32_10_t* s, unsigned long long seed) {
  const int i = threadIdx.x;
  curand_init(seed ^ static_cast<unsigned long long>(clock()), i, 0, s + i);  // expect: DET211
  curand_init(seed, i, 0, s + i);
}
