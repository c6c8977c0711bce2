__global__ void sum(float* total, const float* x, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) atomicAdd(total, x[i]);  // expect: DET201, replacement: sum/deterministic
}
__global__ void scale(float* out, const float* x) { out[threadIdx.x] = 2 * x[threadIdx.x]; }
__global__ void accumulate(float* out, const float* x) { out[threadIdx.x] += x[threadIdx.x]; }
void fill(float* memory);

void without(const float* x, int n) {
  float *total, *out;
  cudaMalloc(&total, sizeof(float));
  sum<<<n / 256, 256>>>(total, x, n);  // expect: DET240
  cudaMalloc((void**)&out, n * sizeof(float));
  accumulate<<<1, 256>>>(out, x);      // expect: DET240
}

void with(const float* x, int n) {
  float *total, *out, *copied, *filled, *written;
  cudaMalloc(&total, sizeof(float));
  cudaMemset(total, 0, sizeof(float));
  sum<<<n / 256, 256>>>(total, x, n);
  cudaMalloc(&out, n * sizeof(float));
  scale<<<1, 256>>>(out, x);
  accumulate<<<1, 256>>>(out, x);
  cudaMalloc(&copied, n * sizeof(float));
  cudaMemcpy(copied, x, n * sizeof(float), cudaMemcpyHostToDevice);
  accumulate<<<1, 256>>>(copied, x);
  cudaMalloc(&filled, n * sizeof(float));
  fill(filled);
  accumulate<<<1, 256>>>(filled, x);
  cudaMalloc(&written, n * sizeof(float));
  scale<<<1, 256>>>(written, x);
}
