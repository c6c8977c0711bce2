__device__ int take(int* counter) {
  return atomicAdd(counter, 1);  // expect: DET208
}

__global__ void compact(const float* in, float* out, int* count, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n && in[i] > 0) {
    int slot = atomicAdd(count, 1);  // expect: DET208
    out[slot] = in[i];
  }
}

__global__ void directly(const float* in, float* out, unsigned* count) {
  out[atomicInc(count, 1u << 20)] = in[threadIdx.x];  // expect: DET208
}

__global__ void by_pointer(const float* in, float* out, int* count) {
  float* place = out + atomicAdd(count, 2);
  *(out + atomicAdd(count, 1)) = in[threadIdx.x];  // expect: DET208
  (void)place;
}

__global__ void wrapped(const float* in, float* out, int* count) { out[take(count)] = in[threadIdx.x]; }

// A counter that hands out work: whoever does it, it lands in the same place.
__global__ void persistent(const float* in, float* out, int* next, int n) {
  for (int i = atomicAdd(next, 1); i < n; i = atomicAdd(next, 1)) out[i] = 2 * in[i];
}

// Counting alone; an index of the problem.
__global__ void counts(const int* bin, int* histogram, float* out) {
  atomicAdd(&histogram[bin[threadIdx.x]], 1);
  int old = atomicAdd(histogram, 1);
  if (old > 5) out[threadIdx.x] = 1.0f;
}
