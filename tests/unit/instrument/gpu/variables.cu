// With VARIABLES a kernel that keeps state in device memory; else one whose module only declares some.
__device__ int g_launches;
__constant__ float c_factor[4];

extern "C" __global__ void count(int* out) {
#ifdef VARIABLES
  out[threadIdx.x] = atomicAdd(&g_launches, 1);
#else
  extern __shared__ int shared[];
  shared[threadIdx.x] = static_cast<int>(c_factor[threadIdx.x & 3]);
  __syncthreads();
  out[threadIdx.x] = shared[threadIdx.x ^ 1];
#endif
}
