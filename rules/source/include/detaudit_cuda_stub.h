// Stands in for CUDA's headers where no toolkit is installed: enough declarations to tell the types
// of what kernels do, not to compile them. What is found with it is reported as degraded.
#pragma once
#pragma clang system_header

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define __CUDACC__ 1
#define __CUDACC_VER_MAJOR__ 13
#define __CUDACC_VER_MINOR__ 0
#define __CUDA_ARCH__ 900
#define CUDART_VERSION 13000
#define CUDA_VERSION 13000

#define __host__ __attribute__((host))
#define __device__ __attribute__((device))
#define __global__ __attribute__((global))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __managed__ __attribute__((managed))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __cluster_dims__(...)
#define __forceinline__ __inline__ __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __grid_constant__
#define __align__(bytes) __attribute__((aligned(bytes)))
#define DETAUDIT_BOTH __host__ __device__

// Vectors
#define DETAUDIT_VECTORS(element, name)                           \
  struct name##1 { element x; };                                  \
  struct name##2 { element x, y; };                               \
  struct name##3 { element x, y, z; };                            \
  struct name##4 { element x, y, z, w; };                         \
  DETAUDIT_BOTH name##1 make_##name##1(element);                  \
  DETAUDIT_BOTH name##2 make_##name##2(element, element);         \
  DETAUDIT_BOTH name##3 make_##name##3(element, element, element); \
  DETAUDIT_BOTH name##4 make_##name##4(element, element, element, element);
DETAUDIT_VECTORS(char, char)
DETAUDIT_VECTORS(unsigned char, uchar)
DETAUDIT_VECTORS(short, short)
DETAUDIT_VECTORS(unsigned short, ushort)
DETAUDIT_VECTORS(int, int)
DETAUDIT_VECTORS(unsigned, uint)
DETAUDIT_VECTORS(long, long)
DETAUDIT_VECTORS(unsigned long, ulong)
DETAUDIT_VECTORS(long long, longlong)
DETAUDIT_VECTORS(unsigned long long, ulonglong)
DETAUDIT_VECTORS(float, float)
DETAUDIT_VECTORS(double, double)
#undef DETAUDIT_VECTORS

struct dim3 {
  unsigned x, y, z;
  DETAUDIT_BOTH constexpr dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}
  DETAUDIT_BOTH dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
};
extern const __device__ uint3 threadIdx, blockIdx;
extern const __device__ dim3 blockDim, gridDim;
extern const __device__ int warpSize;

// Narrow numbers
struct __half {
  unsigned short bits;
  __half() = default;
  DETAUDIT_BOTH __half(float);
  DETAUDIT_BOTH operator float() const;
};
struct __half2 { __half x, y; };
struct __nv_bfloat16 {
  unsigned short bits;
  __nv_bfloat16() = default;
  DETAUDIT_BOTH __nv_bfloat16(float);
  DETAUDIT_BOTH operator float() const;
};
struct __nv_bfloat162 { __nv_bfloat16 x, y; };
typedef __half half;
typedef __half2 half2;
typedef __nv_bfloat16 nv_bfloat16;
typedef __nv_bfloat162 nv_bfloat162;
DETAUDIT_BOTH __half __float2half(float);
DETAUDIT_BOTH __half __float2half_rn(float);
DETAUDIT_BOTH float __half2float(__half);
DETAUDIT_BOTH __half2 __float2half2_rn(float);
DETAUDIT_BOTH __half2 __floats2half2_rn(float, float);
DETAUDIT_BOTH __half2 __halves2half2(__half, __half);
DETAUDIT_BOTH float2 __half22float2(__half2);
DETAUDIT_BOTH __nv_bfloat16 __float2bfloat16(float);
DETAUDIT_BOTH float __bfloat162float(__nv_bfloat16);
DETAUDIT_BOTH __nv_bfloat162 __float2bfloat162_rn(float);
DETAUDIT_BOTH __nv_bfloat162 __floats2bfloat162_rn(float, float);
DETAUDIT_BOTH __half __hadd(__half, __half);
DETAUDIT_BOTH __half __hmul(__half, __half);
DETAUDIT_BOTH __half2 __hadd2(__half2, __half2);
DETAUDIT_BOTH unsigned short __half_as_ushort(__half);
DETAUDIT_BOTH __half __ushort_as_half(unsigned short);
DETAUDIT_BOTH unsigned short __bfloat16_as_ushort(__nv_bfloat16);
DETAUDIT_BOTH __nv_bfloat16 __ushort_as_bfloat16(unsigned short);

// Atomics
#define DETAUDIT_ADDITION(type)              \
  __device__ type atomicAdd(type*, type);       \
  __device__ type atomicAdd_block(type*, type); \
  __device__ type atomicAdd_system(type*, type);
#define DETAUDIT_INTEGER(type)                          \
  DETAUDIT_ADDITION(type)                               \
  __device__ type atomicSub(type*, type);               \
  __device__ type atomicExch(type*, type);              \
  __device__ type atomicMin(type*, type);               \
  __device__ type atomicMax(type*, type);               \
  __device__ type atomicAnd(type*, type);               \
  __device__ type atomicOr(type*, type);                \
  __device__ type atomicXor(type*, type);               \
  __device__ type atomicInc(type*, type);               \
  __device__ type atomicDec(type*, type);               \
  __device__ type atomicCAS(type*, type, type);         \
  __device__ type atomicCAS_block(type*, type, type);   \
  __device__ type atomicCAS_system(type*, type, type);
DETAUDIT_ADDITION(float)
DETAUDIT_ADDITION(double)
DETAUDIT_ADDITION(float2)
DETAUDIT_ADDITION(float4)
DETAUDIT_ADDITION(__half)
DETAUDIT_ADDITION(__half2)
DETAUDIT_ADDITION(__nv_bfloat16)
DETAUDIT_ADDITION(__nv_bfloat162)
DETAUDIT_INTEGER(int)
DETAUDIT_INTEGER(unsigned)
DETAUDIT_INTEGER(unsigned long long)
#undef DETAUDIT_INTEGER
#undef DETAUDIT_ADDITION
__device__ unsigned short atomicCAS(unsigned short*, unsigned short, unsigned short);
__device__ float atomicExch(float*, float);

// Threads and warps
__device__ void __syncthreads();
__device__ int __syncthreads_count(int);
__device__ int __syncthreads_or(int);
__device__ int __syncthreads_and(int);
__device__ void __syncwarp(unsigned = ~0u);
__device__ void __threadfence();
__device__ void __threadfence_block();
__device__ void __threadfence_system();
__device__ unsigned __activemask();
__device__ unsigned __ballot_sync(unsigned, int);
__device__ int __any_sync(unsigned, int);
__device__ int __all_sync(unsigned, int);
template <class T> __device__ T __shfl_sync(unsigned, T, int, int = 32);
template <class T> __device__ T __shfl_down_sync(unsigned, T, unsigned, int = 32);
template <class T> __device__ T __shfl_up_sync(unsigned, T, unsigned, int = 32);
template <class T> __device__ T __shfl_xor_sync(unsigned, T, int, int = 32);

// Bits, clocks, memory
DETAUDIT_BOTH double __longlong_as_double(long long);
DETAUDIT_BOTH long long __double_as_longlong(double);
DETAUDIT_BOTH float __int_as_float(int);
DETAUDIT_BOTH int __float_as_int(float);
DETAUDIT_BOTH float __uint_as_float(unsigned);
DETAUDIT_BOTH unsigned __float_as_uint(float);
__device__ long long clock64();
__device__ unsigned long long __globaltimer();
template <class T> __device__ T __ldg(const T*);
template <class T> __device__ T __ldcs(const T*);
template <class T> __device__ T __ldcg(const T*);
template <class T, class U> __device__ void __stcs(T*, U);
template <class T, class U> __device__ void __stcg(T*, U);
__device__ float __expf(float);
__device__ float __logf(float);
__device__ float __fdividef(float, float);
__device__ float __fmaf_rn(float, float, float);
__device__ float __fadd_rn(float, float);
__device__ float __fmul_rn(float, float);
DETAUDIT_BOTH float rsqrtf(float);
DETAUDIT_BOTH int max(int, int);
DETAUDIT_BOTH int min(int, int);
DETAUDIT_BOTH unsigned max(unsigned, unsigned);
DETAUDIT_BOTH unsigned min(unsigned, unsigned);
DETAUDIT_BOTH float max(float, float);
DETAUDIT_BOTH float min(float, float);
DETAUDIT_BOTH double max(double, double);
DETAUDIT_BOTH double min(double, double);

// The runtime
enum cudaError { cudaSuccess = 0, cudaErrorInvalidValue = 1, cudaErrorMemoryAllocation = 2 };
typedef cudaError cudaError_t;
typedef struct CUstream_st* cudaStream_t;
typedef struct CUevent_st* cudaEvent_t;
enum cudaMemcpyKind {
  cudaMemcpyHostToHost,
  cudaMemcpyHostToDevice,
  cudaMemcpyDeviceToHost,
  cudaMemcpyDeviceToDevice,
  cudaMemcpyDefault
};
extern "C" {
cudaError_t cudaConfigureCall(dim3, dim3, size_t = 0, cudaStream_t = 0);
unsigned __cudaPushCallConfiguration(dim3, dim3, size_t = 0, void* = 0);
cudaError_t cudaLaunchKernel(const void*, dim3, dim3, void**, size_t, cudaStream_t);
cudaError_t cudaMemset(void*, int, size_t);
cudaError_t cudaMemsetAsync(void*, int, size_t, cudaStream_t = 0);
cudaError_t cudaMemcpy(void*, const void*, size_t, cudaMemcpyKind);
cudaError_t cudaMemcpyAsync(void*, const void*, size_t, cudaMemcpyKind, cudaStream_t = 0);
cudaError_t cudaFree(void*);
cudaError_t cudaFreeAsync(void*, cudaStream_t);
cudaError_t cudaFreeHost(void*);
cudaError_t cudaDeviceSynchronize();
cudaError_t cudaGetLastError();
cudaError_t cudaPeekAtLastError();
const char* cudaGetErrorString(cudaError_t);
cudaError_t cudaStreamCreate(cudaStream_t*);
cudaError_t cudaStreamDestroy(cudaStream_t);
cudaError_t cudaStreamSynchronize(cudaStream_t);
cudaError_t cudaEventCreate(cudaEvent_t*);
cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t = 0);
cudaError_t cudaEventSynchronize(cudaEvent_t);
cudaError_t cudaEventElapsedTime(float*, cudaEvent_t, cudaEvent_t);
cudaError_t cudaSetDevice(int);
cudaError_t cudaGetDevice(int*);
}
template <class T> cudaError_t cudaMalloc(T**, size_t);
template <class T> cudaError_t cudaMallocAsync(T**, size_t, cudaStream_t);
template <class T> cudaError_t cudaMallocManaged(T**, size_t, unsigned = 1);
template <class T> cudaError_t cudaMallocHost(T**, size_t, unsigned = 0);

// Random numbers
struct curandStateXORWOW { unsigned words[12]; };
struct curandStatePhilox4_32_10 { unsigned words[16]; };
struct curandStateMRG32k3a { unsigned words[18]; };
typedef curandStateXORWOW curandState;
typedef curandStateXORWOW curandState_t;
typedef curandStatePhilox4_32_10 curandStatePhilox4_32_10_t;
typedef curandStateMRG32k3a curandStateMRG32k3a_t;
template <class S>
__device__ void curand_init(unsigned long long, unsigned long long, unsigned long long, S*);
template <class S> __device__ unsigned curand(S*);
template <class S> __device__ float curand_uniform(S*);
template <class S> __device__ float curand_normal(S*);

#undef DETAUDIT_BOTH
