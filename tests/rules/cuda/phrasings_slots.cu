#include <cuda/atomic>

struct Queue {
  int* size;
  float4* items;
  __device__ int reserve() { return atomicAdd(size, 1); }  // expect: DET208
  __device__ void push(float4 item) { items[reserve()] = item; }
};

__global__ void fill(Queue queue, const float4* in, int n) {
  const int i = threadIdx.x + blockIdx.x * blockDim.x;
  if (i < n && in[i].w > 0) queue.push(in[i]);
}

// A place for the warp, an offset for the lane.
__global__ void by_warp(const int* in, int* out, int* count) {
  const unsigned active = __ballot_sync(~0u, in[threadIdx.x] > 0);
  const int lane = threadIdx.x & 31;
  int base;
  if (lane == 0) base = atomicAdd(count, __popc(active));  // expect: DET208
  base = __shfl_sync(~0u, base, 0);
  if (active >> lane & 1) out[base + __popc(active & ((1u << lane) - 1))] = in[threadIdx.x];
}

// A place for the block, kept in shared memory.
__global__ void by_block(const float* in, float* out, unsigned* cursor) {
  __shared__ unsigned start;
  if (threadIdx.x == 0) start = atomicAdd(cursor, blockDim.x);  // expect: DET208
  __syncthreads();
  out[start + threadIdx.x] = in[blockIdx.x * blockDim.x + threadIdx.x];
}

// Counting sort's last step: which of equal keys comes first is up to the schedule.
__global__ void distribute(const int* key, const float* in, float* out, int* next) {
  const int i = threadIdx.x + blockIdx.x * blockDim.x;
  out[atomicAdd(&next[key[i]], 1)] = in[i];  // expect: DET208
}

__global__ void by_object(cuda::atomic<int>* count, const float* in, float* out) {
  const auto place = count->fetch_add(1);  // expect: DET208
  out[place] = in[threadIdx.x];
}

// Work by ticket, the last block, counts, and positions of the problem.
__global__ void tickets(const float* in, float* out, int* next, int n) {
  __shared__ int tile;
  while (true) {
    if (threadIdx.x == 0) tile = atomicAdd(next, 1);
    __syncthreads();
    const int i = tile * blockDim.x + threadIdx.x;
    if (i >= n) return;
    out[i] = in[i] * 2;
    __syncthreads();
  }
}
__global__ void last(const float* parts, float* total, unsigned* done) {
  if (threadIdx.x == 0 && atomicInc(done, gridDim.x - 1) == gridDim.x - 1) {
    float sum = 0;
    for (unsigned b = 0; b < gridDim.x; ++b) sum += parts[b];
    *total = sum;
  }
}
__global__ void capped(const int* bin, int* used, int limit, unsigned char* dropped) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  const int position = atomicAdd(used + bin[i], 1);
  dropped[i] = position >= limit;
}
