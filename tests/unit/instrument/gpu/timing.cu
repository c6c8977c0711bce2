// Kernels whose name says, after the last `__`, by what besides atomics their bytes may follow time:
// poll, clock, processor, none. Compiled for every SM.
#define GLOBAL extern "C" __global__ void

GLOBAL wait_volatile__poll(volatile int* flag, float* out) {
  while (*flag == 0) {
  }
  out[threadIdx.x] = 1;
}
GLOBAL wait_acquire__poll(int* flag, float* out) {
  int seen;
  do asm volatile("ld.acquire.gpu.s32 %0, [%1];" : "=r"(seen) : "l"(flag) : "memory");
  while (seen == 0);
  out[threadIdx.x] = 1;
}
GLOBAL look_back__poll(volatile float* parts, volatile int* ready, float* out) {
  float sum = 0;
  for (int tile = static_cast<int>(blockIdx.x) - 1; tile >= 0; --tile) {
    int state;
    do state = ready[tile];
    while (state == 0);
    sum += parts[tile];
    if (state == 2) break;
  }
  out[blockIdx.x] = sum;
}
GLOBAL read_clock__clock(long long* out) { out[threadIdx.x] = clock64(); }
GLOBAL read_timer__clock(unsigned long long* out) {
  unsigned long long now;
  asm volatile("mov.u64 %0, %globaltimer;" : "=l"(now));
  out[threadIdx.x] = now;
}
GLOBAL read_processor__processor(unsigned* out) {
  unsigned id;
  asm volatile("mov.u32 %0, %smid;" : "=r"(id));
  out[threadIdx.x] = id;
}

GLOBAL plain__none(const float* in, float* out) { out[threadIdx.x] = 2 * in[threadIdx.x]; }
GLOBAL once__none(volatile int* flag, float* out) { out[threadIdx.x] = *flag ? 1 : 2; }
GLOBAL cached_loop__none(const float* in, float* out, int n) {
  float sum = 0;
  for (int i = 0; i < n; ++i) sum += in[i];
  out[threadIdx.x] = sum;
}
GLOBAL writing_loop__none(volatile float* in, float* out, int n) {
  for (int i = 0; i < n; ++i) out[i] = in[i];
}
GLOBAL warp_sum__none(const float* in, float* out) {
  float value = in[threadIdx.x];
  for (int step = 16; step; step /= 2) value += __shfl_xor_sync(~0u, value, step);
  out[threadIdx.x] = value;
}
