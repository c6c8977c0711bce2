// The device code of gpu_training's kernels, for what reads compiled code.
__global__ void ordered_sum(const float* in, float* out, unsigned long elements) {
  if (threadIdx.x || blockIdx.x) return;
  float sum = 0;
  for (unsigned long i = 0; i < elements; ++i) sum += in[i];
  *out += sum;
}

__global__ void backward_sum(const float* in, float* out, unsigned long elements) {
  if (threadIdx.x || blockIdx.x) return;
  float sum = 0;
  for (unsigned long i = elements; i > 0; --i) sum += in[i - 1];
  *out += sum;
}

__global__ void atomic_sum(const float* in, float* out, unsigned long elements) {
  for (unsigned long i = blockIdx.x * blockDim.x + threadIdx.x; i < elements;
       i += gridDim.x * blockDim.x)
    atomicAdd(out, in[i]);
}

__device__ unsigned g_calls;
__global__ void stateful_sum(const float* in, float* out, unsigned long elements) {
  atomicAdd(&g_calls, 1u);
  atomicAdd(out, in[threadIdx.x % elements]);
}

// As each block adds the sums of blocks before it, those that are there already.
__global__ void look_back(const float* in, float* out, unsigned long elements,
                          volatile unsigned* state, volatile float* sums) {
  float sum = 0;
  for (int block = static_cast<int>(blockIdx.x) - 1; block >= 0; --block) {
    unsigned seen;
    do seen = state[block];
    while (seen == 0);
    sum += sums[block];
    if (seen == 2) break;
  }
  out[blockIdx.x] = sum + in[blockIdx.x % elements];
}

// Whoever writes last.
__global__ void last_writer(const float* in, float* out, unsigned long elements) {
  *out = in[(blockIdx.x * blockDim.x + threadIdx.x) % elements];
}

__global__ void drawn(const float* in, float* out, unsigned long elements) {
  *out = in[static_cast<unsigned long>(clock64()) % elements];
}

__global__ void scale(float* data, float factor) {
  data[blockIdx.x * blockDim.x + threadIdx.x] *= factor;
}
