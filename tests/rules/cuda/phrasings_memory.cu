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

// Memory of members: of a buffer, of a layer, and of twins that store something first.
__global__ void add_rows(float* sum, const float* x) {
  sum[blockIdx.x] += x[threadIdx.x];
}
__global__ void set_rows(float* sum) {
  sum[threadIdx.x] = 0;
}
struct Block {
  explicit Block(size_t n) { cudaMalloc(&data, n); }
  ~Block() { cudaFree(data); }
  float* data = nullptr;
};
void of_a_block(const float* x, float* host) {
  Block sum(16);
  add_rows<<<4, 1>>>(sum.data, x);  // expect: DET240
  cudaMemcpy(host, sum.data, 16, cudaMemcpyDeviceToHost);
}
struct Zeroed {
  explicit Zeroed(size_t n) {
    cudaMalloc(&data, n);
    cudaMemset(data, 0, n);
  }
  float* data;
};
void of_a_zeroed_buffer(const float* x) {
  Zeroed sum(16);
  add_rows<<<4, 1>>>(sum.data, x);
}
class Layer {
 public:
  void init() {
    cudaMalloc(&sum_, 16);
    cudaMalloc(&set_, 16);
    cudaMalloc(&handed_, 16);
  }
  void clear();
  float* handed() { return handed_; }
  void run(const float* x) {
    add_rows<<<4, 1>>>(sum_, x);
    set_rows<<<1, 4>>>(set_);
    add_rows<<<4, 1>>>(set_, x);
    add_rows<<<4, 1>>>(handed_, x);
  }

 private:
  float *sum_, *set_, *handed_;
};
class Whole {
 public:
  void init() { cudaMalloc(&sum_, 16); }
  void run(const float* x) { add_rows<<<4, 1>>>(sum_, x); }  // expect: DET240

 private:
  float* sum_;
};
