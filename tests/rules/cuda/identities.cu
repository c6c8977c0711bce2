__device__ unsigned current_sm() {
  unsigned id;
  asm volatile("mov.u32 %0, %%smid;" : "=r"(id));
  return id;
}

__global__ void kernel(float* out, float* bins, long long* times, const float* x) {
  const long long begin = clock64();
  bins[current_sm()] = x[threadIdx.x];  // expect: DET270
  out[threadIdx.x] = x[threadIdx.x] + clock64() * 1e-9f;  // expect: DET270
  times[threadIdx.x] = clock64() - begin;
  out[threadIdx.x + blockIdx.x] = x[blockIdx.x];
}
