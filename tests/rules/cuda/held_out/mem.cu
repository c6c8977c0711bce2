// Phrasings that the authors of the rules did not have in mind.
#include <cuda_runtime.h>
#include <cstdint>
#include <memory>
__global__ void add(float* t, const float* x) { t[blockIdx.x] += x[threadIdx.x]; }
__global__ void set(float* t) { t[threadIdx.x] = 0; }
#define CK(x)                       \
  do {                              \
    if ((x) != cudaSuccess) return; \
  } while (0)
void a(const float* x) {
  float* t;
  CK(cudaMalloc(&t, 16));
  add<<<4, 1>>>(t, x);  // expect: DET240
}
void b(const float* x) {
  float* t;
  CK(cudaMalloc(&t, 16));
  set<<<1, 4>>>(t);
  add<<<4, 1>>>(t, x);
}
void c(const float* x, const float* h) {
  float* t;
  cudaMalloc((void**)&t, 16);
  cudaMemcpyAsync(t, h, 16, cudaMemcpyHostToDevice);
  add<<<4, 1>>>(t, x);
}
struct Buffer {
  float* p;
  explicit Buffer(size_t n) { cudaMalloc(&p, n); }
  ~Buffer() { cudaFree(p); }
};
void d(const float* x) {
  Buffer t(16);
  add<<<4, 1>>>(t.p, x);  // expect: DET240
}
struct Zeroed {
  float* p;
  explicit Zeroed(size_t n) {
    cudaMalloc(&p, n);
    cudaMemset(p, 0, n);
  }
};
void e(const float* x) {
  Zeroed t(16);
  add<<<4, 1>>>(t.p, x);
}
struct Layer {
  float* w;
  void init() { cudaMalloc(&w, 16); }
  void run(const float* x) { add<<<4, 1>>>(w, x); }  // expect: DET240
};
struct Layer2 {
  float* w;
  void init() { cudaMalloc(&w, 16); }
  void reset() { cudaMemset(w, 0, 16); }
  void run(const float* x) { add<<<4, 1>>>(w, x); }
};
void f(const float* x) {
  float *t, *u;
  cudaMalloc(&t, 16);
  cudaMalloc(&u, 16);
  cudaMemset(u, 0, 16);
  add<<<4, 1>>>(u, x);
  set<<<1, 4>>>(t);
}
