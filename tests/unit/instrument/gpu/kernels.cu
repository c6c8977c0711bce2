// Kernels whose name says what their code must be found capable of: what follows the last `__`.
// float_sum, swap_loop, bulk_sum, untyped_sum, extremum, integer, none. Compiled for every SM.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#ifdef RENAMED  // nothing may follow from a name: the same kernels, each called otherwise
#define KERNEL(name, expected) name##_kernel
#else
#define KERNEL(name, expected) name##__##expected
#endif
#define GLOBAL extern "C" __global__ void

GLOBAL KERNEL(add_f32, float_sum)(float* out, const float* in) {
  atomicAdd(out, in[threadIdx.x]);
}
GLOBAL KERNEL(add_f32_returned, float_sum)(float* out, float* in) {
  in[threadIdx.x] = atomicAdd(out, in[threadIdx.x]);
}
GLOBAL KERNEL(add_f64, float_sum)(double* out, const double* in) {
  atomicAdd(out, in[threadIdx.x]);
}
GLOBAL KERNEL(add_half2, float_sum)(__half2* out, const __half2* in) {
  atomicAdd(out, in[threadIdx.x]);
}
GLOBAL KERNEL(red_f32, float_sum)(float* out, const float* in) {
  asm volatile("red.global.add.f32 [%0], %1;" ::"l"(out), "f"(in[threadIdx.x]) : "memory");
}
// An instruction of its own on some SMs, a loop on others.
GLOBAL KERNEL(add_half, float_any)(__half* out, const __half* in) {
  atomicAdd(out, in[threadIdx.x]);
}
GLOBAL KERNEL(add_bf16, float_any)(__nv_bfloat16* out, const __nv_bfloat16* in) {
  atomicAdd(out, in[threadIdx.x]);
}
#if __CUDA_ARCH__ >= 800
GLOBAL KERNEL(add_bf162, float_any)(__nv_bfloat162* out, const __nv_bfloat162* in) {
  atomicAdd(out, in[threadIdx.x]);
}
#endif

GLOBAL KERNEL(shared_f32, swap_loop)(float* out, const float* in) {
  __shared__ float total;
  if (threadIdx.x == 0) total = 0;
  __syncthreads();
  atomicAdd(&total, in[threadIdx.x]);
  __syncthreads();
  out[blockIdx.x] = total;
}
GLOBAL KERNEL(shared_f64, swap_loop)(double* out, const double* in) {
  __shared__ double total;
  if (threadIdx.x == 0) total = 0;
  __syncthreads();
  atomicAdd(&total, in[threadIdx.x]);
  __syncthreads();
  out[blockIdx.x] = total;
}
GLOBAL KERNEL(loop_f32, swap_loop)(float* out, const float* in) {
  int* bits = reinterpret_cast<int*>(out);
  int old = *bits, seen;
  do {
    seen = old;
    old = atomicCAS(bits, seen, __float_as_int(in[threadIdx.x] + __int_as_float(seen)));
  } while (old != seen);
}
GLOBAL KERNEL(loop_fma, swap_loop)(float* out, const float* in) {
  int* bits = reinterpret_cast<int*>(out);
  int old = *bits, seen;
  do {
    seen = old;
    old = atomicCAS(bits, seen, __float_as_int(fmaf(in[threadIdx.x], in[7], __int_as_float(seen))));
  } while (old != seen);
}
GLOBAL KERNEL(loop_f64, swap_loop)(double* out, const double* in) {
  auto* bits = reinterpret_cast<unsigned long long*>(out);
  unsigned long long old = *bits, seen;
  do {
    seen = old;
    const double sum = in[threadIdx.x] + __longlong_as_double(seen);
    old = atomicCAS(bits, seen, static_cast<unsigned long long>(__double_as_longlong(sum)));
  } while (old != seen);
}

// A swap of half a word: the compiler writes a loop in the loop.
GLOBAL KERNEL(loop_short, swap_loop)(__half* out, const __half* in) {
  auto* bits = reinterpret_cast<unsigned short*>(out);
  unsigned short old = *bits, seen;
  do {
    seen = old;
    const __half sum = __float2half(__half2float(in[threadIdx.x]) +
                                    __half2float(__ushort_as_half(seen)));
    old = atomicCAS(bits, seen, __half_as_ushort(sum));
  } while (old != seen);
}
GLOBAL KERNEL(loop_max_f32, extremum)(float* out, const float* in) {
  int* bits = reinterpret_cast<int*>(out);
  int old = *bits, seen;
  do {
    seen = old;
    old = atomicCAS(bits, seen, __float_as_int(fmaxf(in[threadIdx.x], __int_as_float(seen))));
  } while (old != seen);
}

GLOBAL KERNEL(add_int, integer)(int* out, const int* in) { atomicAdd(out, in[threadIdx.x]); }
GLOBAL KERNEL(add_u64, integer)(unsigned long long* out, const unsigned long long* in) {
  atomicAdd(out, in[threadIdx.x]);
}
GLOBAL KERNEL(max_int, integer)(int* out, const int* in) { atomicMax(out, in[threadIdx.x]); }
GLOBAL KERNEL(exchange, integer)(int* out, int* in) {
  in[threadIdx.x] = atomicExch(out, in[threadIdx.x]);
}
GLOBAL KERNEL(shared_int, integer)(int* out, const int* in) {
  __shared__ int total;
  if (threadIdx.x == 0) total = 0;
  __syncthreads();
  atomicAdd(&total, in[threadIdx.x]);
  __syncthreads();
  out[blockIdx.x] = total;
}
// From sm_120 on a loop of the compiler's around IADD.64, whose number was once HFMA2.MMA's.
GLOBAL KERNEL(shared_u64, integer)(unsigned long long* out, const unsigned long long* in) {
  __shared__ unsigned long long sum;
  if (threadIdx.x == 0) sum = 0;
  __syncthreads();
  atomicAdd(&sum, in[threadIdx.x]);
  __syncthreads();
  *out = sum;
}
GLOBAL KERNEL(loop_short_int, integer)(unsigned short* out, const unsigned short* in) {
  unsigned short old = *out, seen;
  do {
    seen = old;
    old = atomicCAS(out, seen, static_cast<unsigned short>(seen * 3 + in[threadIdx.x]));
  } while (old != seen);
}
GLOBAL KERNEL(loop_int, integer)(int* out, const int* in) {
  int old = *out, seen;
  do {
    seen = old;
    old = atomicCAS(out, seen, seen * 3 + in[threadIdx.x]);
  } while (old != seen);
}
// A lock: float sums stand beside its swap, and are not what it stores.
GLOBAL KERNEL(lock, integer)(int* lock, float* out, const float* in) {
  for (int i = 0; i < 8; ++i) {
    while (atomicCAS(lock, 0, 1) != 0) {
    }
    out[0] = out[0] * 0.5f + in[i];
    __threadfence();
    atomicExch(lock, 0);
  }
}

GLOBAL KERNEL(add_plain, none)(float* out, const float* in) { out[threadIdx.x] += in[threadIdx.x]; }
GLOBAL KERNEL(fold, none)(double* out, const double* in, int n) {
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += in[i];
  out[0] = sum;
}

#if __CUDA_ARCH__ >= 900
GLOBAL KERNEL(bulk_f32, bulk_sum)(float* out, const float* in) {
  __shared__ alignas(128) float tile[256];
  tile[threadIdx.x] = in[threadIdx.x];
  __syncthreads();
  if (threadIdx.x != 0) return;
  const unsigned from = static_cast<unsigned>(__cvta_generic_to_shared(tile));
  asm volatile(
      "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.f32 [%0], [%1], 1024;\n"
      "cp.async.bulk.commit_group;\n"
      "cp.async.bulk.wait_group 0;" ::"l"(out), "r"(from) : "memory");
}
GLOBAL KERNEL(bulk_u32, integer)(unsigned* out, const unsigned* in) {
  __shared__ alignas(128) unsigned tile[256];
  tile[threadIdx.x] = in[threadIdx.x];
  __syncthreads();
  if (threadIdx.x != 0) return;
  const unsigned from = static_cast<unsigned>(__cvta_generic_to_shared(tile));
  asm volatile(
      "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.u32 [%0], [%1], 1024;\n"
      "cp.async.bulk.commit_group;\n"
      "cp.async.bulk.wait_group 0;" ::"l"(out), "r"(from) : "memory");
}
GLOBAL KERNEL(tensor_add, untyped_sum)(const void* map, const float* in) {
  __shared__ alignas(128) float tile[256];
  tile[threadIdx.x] = in[threadIdx.x];
  __syncthreads();
  if (threadIdx.x != 0) return;
  const unsigned from = static_cast<unsigned>(__cvta_generic_to_shared(tile));
  asm volatile(
      "cp.reduce.async.bulk.tensor.1d.global.shared::cta.add.bulk_group [%0, {%1}], [%2];\n"
      "cp.async.bulk.commit_group;\n"
      "cp.async.bulk.wait_group 0;" ::"l"(map), "r"(0), "r"(from) : "memory");
}
GLOBAL KERNEL(vector_f32, float_sum)(float* out, const float* in) {
  asm volatile("red.global.v4.f32.add [%0], {%1, %1, %1, %1};" ::"l"(out), "f"(in[threadIdx.x])
               : "memory");
}
#endif

// Parameters: the expected layout is the ABI's, each at its own alignment.
struct Record {
  char tag[20];
  double weight;
};
struct Block {
  char bytes[6000];
};
GLOBAL KERNEL(parameters, none)(char first, Record record, float* out, short last) {
  out[0] = static_cast<float>(record.weight) + first + last;
}
GLOBAL KERNEL(many_parameters, none)(Block block, double scale, float* out) {
  out[0] = static_cast<float>(block.bytes[threadIdx.x] * scale);
}
