#pragma once

#include <cstddef>

// A CUDA driver in software, for programs that are tested without a device: `libcuda.so.1` and
// CUPTI in one library. Streams are threads, device memory is host memory, a kernel is a host
// function. It loads CUDA_INJECTION64_PATH in cuInit as the real driver does, and knows the digest
// kernel. The variable SOFT_CUDA_MEMORY limits device memory, in bytes. Compiled with SOFT_CUDA_OLD
// it is a driver before CUDA 12.4.
extern "C" {

// A kernel that modules give by its name. `parameters`: the bytes as laid out by `sizes`, each at a
// multiple of its size.
typedef void (*soft_kernel)(const void* parameters, unsigned blocks);
void soft_define_kernel(const char* name, soft_kernel run, const size_t* sizes, size_t count);

// Two calls that this driver has, and the headers do not: one gives work, one only asks.
void soft_call_later_driver(void);

// From now on the device fails, as after a kernel that touched memory it has not: every call of
// work and memory says so.
void soft_break_device(void);
}
