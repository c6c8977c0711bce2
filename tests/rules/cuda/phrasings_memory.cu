#include <cuda_runtime.h>

#define CHECK(call) \
  if ((call) != cudaSuccess) return
template <class T>
T* allocate(size_t n) {
  T* p = nullptr;
  cudaMalloc(&p, n * sizeof(T));
  return p;
}
__global__ void add_up(float* total, const float* x, int n) {
  for (int i = threadIdx.x; i < n; i += blockDim.x) total[i % 8] += x[i];
}
__global__ void zero(float* p, int n) {
  for (int i = threadIdx.x; i < n; i += blockDim.x) p[i] = 0;
}
template <class T>
__global__ void axpy(T a, const T* x, T* y) {
  y[threadIdx.x] = a * x[threadIdx.x] + y[threadIdx.x];
}

void checked(const float* x, int n, cudaStream_t stream) {
  float* total = nullptr;
  CHECK(cudaMalloc(reinterpret_cast<void**>(&total), 8 * sizeof *total));
  add_up<<<1, 32, 0, stream>>>(total, x, n);  // expect: DET240
}
void asynchronous(const float* x, cudaStream_t stream) {
  float* y;
  cudaMallocAsync(&y, 32 * sizeof(float), stream);
  axpy<float><<<1, 32, 0, stream>>>(2.f, x, y);  // expect: DET240
}
void managed(const float* x) {
  float* y;
  cudaMallocManaged(&y, 32 * sizeof(float));
  for (int i = 0; i < 32; ++i) y[i] = 0;
  axpy<<<1, 32>>>(2.f, x, y);
}
void by_wrapper(const float* x, int n) {
  float* total = allocate<float>(8);
  add_up<<<1, 32>>>(total, x, n);  // expect: DET240
}
struct Buffer {
  float* data = nullptr;
  explicit Buffer(int n) { cudaMalloc(&data, n * sizeof(float)); }
  void clear(int n) { cudaMemset(data, 0, n * sizeof(float)); }
};

void zeroed(const float* x, int n, cudaStream_t stream) {
  float* total = nullptr;
  CHECK(cudaMalloc(&total, 8 * sizeof(float)));
  CHECK(cudaMemsetAsync(total, 0, 8 * sizeof(float), stream));
  add_up<<<1, 32, 0, stream>>>(total, x, n);
  float* other = allocate<float>(8);
  zero<<<1, 32>>>(other, 8);
  add_up<<<1, 32>>>(other, x, n);
  Buffer buffer(8);
  buffer.clear(8);
  add_up<<<1, 32>>>(buffer.data, x, n);
  float *a, *b;
  cudaMalloc(&a, 64);
  b = a;
  cudaMemset(b, 0, 64);
  add_up<<<1, 32>>>(a, x, n);
}
