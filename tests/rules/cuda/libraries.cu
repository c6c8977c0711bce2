#include <cublas_v2.h>
#include <curand.h>
#include <curand_kernel.h>
#include <cusparse.h>

#define ATOMICS CUBLAS_ATOMICS_ALLOWED

void settings(cublasHandle_t blas, curandGenerator_t random, cusparseSpMVAlg_t asked) {
  cublasSetAtomicsMode(blas, CUBLAS_ATOMICS_ALLOWED);      // expect: DET250
  cublasSetAtomicsMode(blas, ATOMICS);                     // expect: DET250
  cublasSetAtomicsMode(blas, CUBLAS_ATOMICS_NOT_ALLOWED);
  curandSetGeneratorOrdering(random, CURAND_ORDERING_PSEUDO_DYNAMIC);  // expect: DET213
  curandSetGeneratorOrdering(random, CURAND_ORDERING_PSEUDO_LEGACY);
  const auto algorithm = CUSPARSE_SPMV_COO_ALG1;           // expect: DET250
  const auto other = CUSPARSE_SPMV_COO_ALG2;
  if (asked == CUSPARSE_SPMV_CSR_ALG1) return;
  (void)algorithm;
  (void)other;
}

__global__ void seeds(curandState* states, unsigned long long seed) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  curand_init(clock64(), i, 0, &states[i]);  // expect: DET211
  curand_init(seed, i, 0, &states[i]);
  curand_init(1234, i, 0, &states[i]);
}

enum Mine { CUBLAS_ATOMICS_ALLOWED_TOO };
