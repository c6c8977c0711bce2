#pragma once

// Functions that both processors run: the same operations in the same order, so the same bits. nvcc
// compiles them for host and device, every other compiler for the host alone.
#ifdef __CUDACC__
#define DETAUDIT_BOTH __host__ __device__ __forceinline__
#define DETAUDIT_DEVICE __device__ __forceinline__
#define DETAUDIT_DEVICE_LAMBDA __device__  // between a lambda's captures and its parameters
#else
#define DETAUDIT_BOTH [[gnu::always_inline]] inline
#define DETAUDIT_DEVICE inline
#define DETAUDIT_DEVICE_LAMBDA
#endif

// The next loop, whose length is a constant, is written out: its arrays are then registers.
#ifdef __CUDACC__
#define DETAUDIT_UNROLL _Pragma("unroll")
#else
#define DETAUDIT_UNROLL
#endif
