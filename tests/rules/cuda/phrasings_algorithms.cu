#include <cub/cub.cuh>
#include <cub/device/device_scan.cuh>
#include <thrust/device_ptr.h>
#include <thrust/device_vector.h>
#include <thrust/execution_policy.h>
#include <thrust/functional.h>
#include <thrust/iterator/transform_iterator.h>
#include <thrust/iterator/zip_iterator.h>
#include <thrust/reduce.h>
#include <thrust/scan.h>
#include <thrust/system/cuda/execution_policy.h>
#include <thrust/transform_scan.h>

using thrust::device_pointer_cast;
struct Square {
  __host__ __device__ double operator()(int x) const { return 0.5 * x * x; }
};
struct Parity {
  __host__ __device__ int operator()(float x) const { return x > 0 ? 1 : 0; }
};
template <class T>
struct Max {
  __host__ __device__ T operator()(T a, T b) const { return a < b ? b : a; }
};

template <class It>
void cdf(cudaStream_t stream, It first, It last) {
  using namespace thrust;
  exclusive_scan(thrust::cuda::par.on(stream), first, last, first);  // expect: DET206
}

void scans(double* raw, const int* counts, int n, cudaStream_t stream, thrust::device_vector<float>& f) {
  auto p = device_pointer_cast(raw);
  cdf(stream, p, p + n);
  auto squares = thrust::make_transform_iterator(counts, Square{});
  thrust::inclusive_scan(thrust::device, squares, squares + n, raw);  // expect: DET206
  thrust::transform_inclusive_scan(f.begin(), f.end(), f.begin(), Square{}, thrust::plus<double>());  // expect: DET206
  auto signs = thrust::make_transform_iterator(f.begin(), Parity{});
  thrust::device_vector<int> ranks(n);
  thrust::exclusive_scan(signs, signs + n, ranks.begin());
  thrust::inclusive_scan(f.begin(), f.end(), f.begin(), thrust::maximum<float>());
  thrust::inclusive_scan_by_key(ranks.begin(), ranks.end(), f.begin(), f.begin());  // expect: DET206
  thrust::reduce_by_key(thrust::device, ranks.begin(), ranks.end(), f.begin(), ranks.begin(), f.begin(),  // expect: DET207
                        thrust::equal_to<int>(), thrust::plus<float>());
  thrust::reduce_by_key(ranks.begin(), ranks.end(), f.begin(), ranks.begin(), f.begin(), thrust::equal_to<int>(),
                        thrust::maximum<float>());
}

struct Workspace {
  void* memory = nullptr;
  size_t bytes = 0;
  template <class... A>
  void sum(A... a) {
    cub::DeviceScan::ExclusiveSum(memory, bytes, a...);  // expect: DET206
  }
};
void with_cub(Workspace& w, float* x, double* y, int* i, int n, cudaStream_t s) {
  w.sum(x, x, n);
  cub::DeviceScan::InclusiveScan(w.memory, w.bytes, x, y, cuda::std::plus<>{}, n, s);  // expect: DET206
  cub::DeviceScan::InclusiveScan(w.memory, w.bytes, x, x, Max<float>(), n);
  cub::DeviceScan::ExclusiveScan(w.memory, w.bytes, i, i, cuda::std::plus<>{}, 0, n);
  cub::DeviceScan::InclusiveSumByKey(w.memory, w.bytes, i, x, x, n);  // expect: DET206
  cub::DeviceReduce::ReduceByKey(w.memory, w.bytes, i, i, y, y, i, cuda::std::plus<double>{}, n);  // expect: DET207
  cub::DeviceReduce::ReduceByKey(w.memory, w.bytes, i, i, y, y, i, Max<double>{}, n);
  cub::DeviceSegmentedReduce::Sum(w.memory, w.bytes, x, x, 4, i, i + 1);
  cub::DeviceHistogram::HistogramRange(w.memory, w.bytes, x, y, 8, x, n);  // expect: DET206
  cub::DeviceRadixSort::SortKeys(w.memory, w.bytes, x, x, n);
}
__global__ void in_a_block(float* x) {
  using Scan = cub::BlockScan<float, 128>;
  __shared__ typename Scan::TempStorage storage;
  Scan(storage).InclusiveSum(x[threadIdx.x], x[threadIdx.x]);
}
