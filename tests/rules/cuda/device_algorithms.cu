#include <cub/cub.cuh>
#include <thrust/device_vector.h>
#include <thrust/execution_policy.h>
#include <thrust/host_vector.h>
#include <thrust/reduce.h>
#include <thrust/scan.h>
#include <vector>

using Values = thrust::device_vector<float>;
namespace algorithms = thrust;

template <class T>
void scan(thrust::device_vector<T>& values) {
  thrust::inclusive_scan(values.begin(), values.end(), values.begin());  // expect: DET206
}

template <class T>
void scan_integers(thrust::device_vector<T>& values) {
  thrust::inclusive_scan(values.begin(), values.end(), values.begin());
}

void with_thrust(Values& floats, thrust::device_vector<int>& keys, float* raw, int n) {
  thrust::exclusive_scan(floats.begin(), floats.end(), floats.begin());  // expect: DET206
  algorithms::inclusive_scan(thrust::device, raw, raw + n, raw);         // expect: DET206
  scan(floats);
  scan_integers(keys);
  Values out(n);
  thrust::reduce_by_key(keys.begin(), keys.end(), floats.begin(), keys.begin(),  // expect: DET207
                        out.begin());
  thrust::reduce_by_key(keys.begin(), keys.end(), keys.begin(), keys.begin(), keys.begin());
  thrust::reduce(floats.begin(), floats.end());
  thrust::exclusive_scan(keys.begin(), keys.end(), keys.begin());
  thrust::host_vector<float> here(n);
  thrust::inclusive_scan(here.begin(), here.end(), here.begin());
  std::vector<float> standard(n);
  thrust::inclusive_scan(thrust::host, standard.begin(), standard.end(), standard.begin());
}

void with_cub(float* in, float* out, int* counts, int* keys, int n) {
  void* temp = nullptr;
  size_t bytes = 0;
  cub::DeviceScan::InclusiveSum(temp, bytes, in, out, n);  // expect: DET206
  cub::DeviceScan::ExclusiveSum(temp, bytes, counts, counts, n);
  cub::DeviceReduce::Sum(temp, bytes, in, out, n);
  cub::DeviceReduce::ReduceByKey(temp, bytes, keys, keys, in, out, counts, cuda::std::plus<>{}, n);  // expect: DET207
  cub::DeviceHistogram::HistogramEven(temp, bytes, in, counts, 9, 0.0f, 1.0f, n);
  cub::DeviceHistogram::HistogramEven(temp, bytes, in, out, 9, 0.0f, 1.0f, n);  // expect: DET206
}
