// Phrasings that the authors of the rules did not have in mind.
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cuda_runtime.h>
#include <thrust/device_vector.h>
#include <thrust/execution_policy.h>
#include <thrust/iterator/constant_iterator.h>
#include <thrust/reduce.h>
#include <thrust/scan.h>
#include <thrust/transform_scan.h>
#include <cub/cub.cuh>
#include <cuda/atomic>
namespace cg = cooperative_groups;
template <class T>
using DeviceAtomic = cuda::atomic_ref<T, cuda::thread_scope_device>;
__global__ void r1(float* p) {
  DeviceAtomic<float> a(*p);
  a.fetch_add(1.f * threadIdx.x, cuda::memory_order_relaxed);  // expect: DET204
}
__global__ void r2(int* p) {
  DeviceAtomic<int> a(*p);
  a.fetch_add(1, cuda::memory_order_relaxed);
}
__global__ void r3(cuda::atomic<double, cuda::thread_scope_system>* p) { *p += 0.5 * threadIdx.x; }  // expect: DET204
struct Stats {
  cuda::atomic<float, cuda::thread_scope_block> sum;
  __device__ void add(float v) { sum.fetch_sub(v); }  // expect: DET204, replacement: sum/deterministic
};
__global__ void r4(Stats* s) { s->add(threadIdx.x); }
__global__ void r5(float* p) {
  cuda::atomic_ref<float, cuda::thread_scope_device> a(*p);
  a.store(1.f);
  a.exchange(2.f);
}
// cooperative update
__global__ void g1(cuda::atomic<float, cuda::thread_scope_block>* t, float v) {
  auto tile = cg::tiled_partition<32>(cg::this_thread_block());
  cg::reduce_update_async(tile, *t, v, cg::plus<float>());  // expect: DET205, replacement: sum/deterministic
}
__global__ void g2(cuda::atomic<int, cuda::thread_scope_block>* t, int v) {
  auto tile = cg::tiled_partition<32>(cg::this_thread_block());
  cg::reduce_update_async(tile, *t, v, cg::plus<int>());
  cg::reduce_update_async(tile, *t, v, cg::greater<int>());
}
__global__ void g3(cuda::atomic<float, cuda::thread_scope_block>* t, float v) {
  using Sum = cg::plus<float>;
  auto tile = cg::tiled_partition<16>(cg::this_thread_block());
  using cooperative_groups::reduce_update_async;
  reduce_update_async(tile, *t, v, Sum{});  // expect: DET205, replacement: sum/deterministic
}
// scans
template <class T>
void prefix(thrust::device_vector<T>& v) {
  thrust::inclusive_scan(v.begin(), v.end(), v.begin());  // expect: DET206
}
void call_prefix(thrust::device_vector<float>& f) { prefix(f); }
template <class T>
void prefix_i(thrust::device_vector<T>& v) {
  thrust::inclusive_scan(v.begin(), v.end(), v.begin());
}
void call_prefix_i(thrust::device_vector<int>& f) { prefix_i(f); }
void max_scan(thrust::device_vector<float>& v) {
  thrust::inclusive_scan(v.begin(), v.end(), v.begin(), thrust::maximum<float>());
}
struct Sq {
  __host__ __device__ float operator()(int x) const { return 0.5f * x; }
};
void tscan(thrust::device_vector<int>& v, thrust::device_vector<float>& o) {
  thrust::transform_exclusive_scan(v.begin(), v.end(), o.begin(), Sq(), 0.0f,  // expect: DET206
                                   thrust::plus<float>());
}
using Scan = cub::DeviceScan;
void cubscan(void* t, size_t& b, float* in, float* out, int n) {
  Scan::ExclusiveScan(t, b, in, out, ::cuda::std::plus<>{}, 0.f, n);  // expect: DET206
}
void cubscan_i(void* t, size_t& b, int* in, int* out, int n) {
  Scan::ExclusiveSum(t, b, in, out, n);
}
void hist(void* t, size_t& b, const float* in, int* h, float* w, int n) {
  cub::DeviceHistogram::HistogramEven(t, b, in, h, 11, 0.f, 1.f, n);
}
void byk(thrust::device_vector<int>& k, thrust::device_vector<double>& v,
         thrust::device_vector<int>& ok, thrust::device_vector<double>& ov) {
  auto ends = thrust::reduce_by_key(thrust::device, k.begin(), k.end(), v.begin(), ok.begin(),  // expect: DET207
                                    ov.begin(), thrust::equal_to<int>(), thrust::plus<double>());
  (void)ends;
  thrust::reduce_by_key(k.begin(), k.end(), v.begin(), ok.begin(), ov.begin(),
                        thrust::equal_to<int>(), thrust::minimum<double>());
  thrust::reduce_by_key(k.begin(), k.end(), thrust::make_constant_iterator(1), ok.begin(),
                        ok.begin());
}
float red(thrust::device_vector<float>& v) { return thrust::reduce(v.begin(), v.end()); }
#define REDUCE_KEYS cub::DeviceReduce::ReduceByKey
void byk2(void* t, size_t& b, int* k, int* u, float* v, float* a, int* n, int m) {
  REDUCE_KEYS(t, b, k, u, v, a, n, ::cuda::std::plus<>{}, m);  // expect: DET207
}
void byk3(void* t, size_t& b, int* k, int* u, int* v, int* a, int* n, int m) {
  REDUCE_KEYS(t, b, k, u, v, a, n, ::cuda::std::plus<>{}, m);
}
