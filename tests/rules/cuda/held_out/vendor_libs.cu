// Phrasings that the authors of the rules did not have in mind.
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cublas_v2.h>
#include <cusolverDn.h>
#include <cusparse.h>
#include <thrust/device_vector.h>
#include <thrust/execution_policy.h>
#include <thrust/reduce.h>
#include <thrust/scan.h>
#include <cub/cub.cuh>
#include <cuda/atomic>
namespace cg = cooperative_groups;
struct Handle {
  cublasHandle_t h;
  cublasAtomicsMode_t mode = CUBLAS_ATOMICS_ALLOWED;  // expect: DET250
  Handle() {
    cublasCreate(&h);
    cublasSetAtomicsMode(h, mode);
  }
};
void ok(cublasHandle_t h) {
  cublasSetAtomicsMode(h, CUBLAS_ATOMICS_NOT_ALLOWED);
  cublasAtomicsMode_t m;
  cublasGetAtomicsMode(h, &m);
  if (m == CUBLAS_ATOMICS_ALLOWED) return;
}
#define MODE(x) CUBLAS_ATOMICS_##x
void mac(cublasHandle_t h) { cublasSetAtomicsMode(h, MODE(ALLOWED)); }  // expect: DET250
template <bool Fast>
void tm(cublasHandle_t h) {
  cublasSetAtomicsMode(h, Fast ? CUBLAS_ATOMICS_ALLOWED : CUBLAS_ATOMICS_NOT_ALLOWED);  // expect: DET250
}
void tmu(cublasHandle_t h) { tm<true>(h); }
void sp(cusparseHandle_t h, cusparseSpMatDescr_t a, cusparseDnVecDescr_t x, cusparseDnVecDescr_t y,
        void* b) {
  float one = 1;
  auto alg = CUSPARSE_SPMV_COO_ALG1;  // expect: DET250
  cusparseSpMV(h, CUSPARSE_OPERATION_NON_TRANSPOSE, &one, a, x, &one, y, CUDA_R_32F, alg, b);
  cusparseSpMV(h, CUSPARSE_OPERATION_NON_TRANSPOSE, &one, a, x, &one, y, CUDA_R_32F,
               CUSPARSE_SPMV_COO_ALG2, b);
}
void so(cusolverDnHandle_t h) {
  cusolverDnSetDeterministicMode(h, CUSOLVER_ALLOW_NON_DETERMINISTIC_RESULTS);  // expect: DET250
  cusolverDnSetDeterministicMode(h, CUSOLVER_DETERMINISTIC_RESULTS);
}
// 206
struct Acc {
  template <class It>
  void operator()(It b, It e) {
    thrust::inclusive_scan(thrust::device, b, e, b);  // expect: DET206
  }
};
void useacc(thrust::device_vector<double>& v) { Acc()(v.begin(), v.end()); }
void hist(void* t, size_t& b, const float* in, float* h, float lo, float hi, int n) {
  cub::DeviceHistogram::HistogramEven(t, b, in, h, 11, lo, hi, n);  // expect: DET206
}
void histi(void* t, size_t& b, const float* in, unsigned* h, float lo, float hi, int n) {
  cub::DeviceHistogram::HistogramEven(t, b, in, h, 11, lo, hi, n);
}
void scank(void* t, size_t& b, int* k, float* in, float* out, int n) {
  cub::DeviceScan::InclusiveSumByKey(t, b, k, in, out, n);  // expect: DET206
}
void scanki(void* t, size_t& b, int* k, int* in, int* out, int n) {
  cub::DeviceScan::InclusiveSumByKey(t, b, k, in, out, n);
}
void tsk(thrust::device_vector<int>& k, thrust::device_vector<float>& v) {
  thrust::exclusive_scan_by_key(k.begin(), k.end(), v.begin(), v.begin());  // expect: DET206
}
void blocks() {}
__global__ void blockscan(float* o) {
  using B = cub::BlockScan<float, 128>;
  __shared__ typename B::TempStorage s;
  float v = o[threadIdx.x];
  B(s).InclusiveSum(v, v);
  o[threadIdx.x] = v;
}
__global__ void blockred(float* o) {
  using B = cub::BlockReduce<float, 128>;
  __shared__ typename B::TempStorage s;
  float v = B(s).Sum(o[threadIdx.x]);
  if (threadIdx.x == 0) o[0] = v;
}
// 205
template <class G>
__device__ void put(G g, cuda::atomic<double, cuda::thread_scope_device>& a, double v) {
  cg::reduce_update_async(g, a, v, cg::plus<double>());  // expect: DET205
}
__global__ void u1(cuda::atomic<double, cuda::thread_scope_device>* a) {
  put(cg::tiled_partition<8>(cg::this_thread_block()), *a, threadIdx.x * .5);
}
__global__ void u2(cuda::atomic<float, cuda::thread_scope_device>* a) {
  auto t = cg::tiled_partition<8>(cg::this_thread_block());
  cg::reduce_update_async(t, *a, threadIdx.x * .5f, [](float x, float y) { return x + y; });  // expect: DET205, replacement: sum/deterministic
}
__global__ void u3(cuda::atomic<float, cuda::thread_scope_device>* a) {
  auto t = cg::tiled_partition<8>(cg::this_thread_block());
  cg::reduce_update_async(t, *a, threadIdx.x * .5f, cg::greater<float>());
}
__global__ void u4(float* a) {
  auto t = cg::tiled_partition<8>(cg::this_thread_block());
  float s = cg::reduce(t, a[threadIdx.x], cg::plus<float>());
  if (t.thread_rank() == 0) a[0] = s;
}
// 207
struct ByKey {
  thrust::device_vector<int> k;
  thrust::device_vector<float> v;
  void run() { thrust::reduce_by_key(k.begin(), k.end(), v.begin(), k.begin(), v.begin()); }  // expect: DET207
};
template <class It>
void rbk(It k, It e, thrust::device_vector<double>& v) {
  thrust::reduce_by_key(thrust::device, k, e, v.begin(), k, v.begin());  // expect: DET207
}
void urbk(thrust::device_vector<int>& k, thrust::device_vector<double>& v) {
  rbk(k.begin(), k.end(), v);
}
