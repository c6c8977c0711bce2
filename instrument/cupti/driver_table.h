#pragma once

#include <cuda.h>

namespace detaudit::instrument::cupti {

// Every driver function that we call ourselves. A fake fills the same table.
#define DETAUDIT_DRIVER_FUNCTIONS(X)   \
  X(cuCtxGetCurrent)                   \
  X(cuCtxGetDevice)                    \
  X(cuCtxSynchronize)                  \
  X(cuCtxPushCurrent)                  \
  X(cuCtxPopCurrent)                   \
  X(cuDevicePrimaryCtxGetState)        \
  X(cuDevicePrimaryCtxRetain)          \
  X(cuDevicePrimaryCtxRelease)         \
  X(cuFuncGetName)                     \
  X(cuFuncLoad)                        \
  X(cuFuncGetParamInfo)                \
  X(cuKernelGetName)                   \
  X(cuKernelGetParamInfo)              \
  X(cuModuleLoadData)                  \
  X(cuModuleGetFunction)               \
  X(cuMemAlloc)                        \
  X(cuMemHostRegister)                 \
  X(cuMemHostGetDevicePointer)         \
  X(cuMemsetD8Async)                   \
  X(cuMemcpyDtoDAsync)                 \
  X(cuMemGetAddressRange)              \
  X(cuPointerGetAttribute)             \
  X(cuLaunchKernel)                    \
  X(cuStreamGetCaptureInfo)            \
  X(cuStreamGetFlags)                  \
  X(cuStreamCreate)                    \
  X(cuStreamDestroy)                   \
  X(cuStreamSynchronize)               \
  X(cuThreadExchangeStreamCaptureMode) \
  X(cuEventCreate)                     \
  X(cuEventDestroy)                    \
  X(cuEventQuery)                      \
  X(cuEventRecord)                     \
  X(cuStreamWaitEvent)                 \
  X(cuGraphGetNodes)                   \
  X(cuGraphNodeGetType)                \
  X(cuGraphKernelNodeGetParams)        \
  X(cuDeviceGetName)                   \
  X(cuDriverGetVersion)

struct DriverTable {
#define DETAUDIT_FIELD(name) decltype(&::name) name = nullptr;
  DETAUDIT_DRIVER_FUNCTIONS(DETAUDIT_FIELD)
#undef DETAUDIT_FIELD
};

// From the driver library that the subject has loaded; null, or the name of what is missing.
const char* fill_driver_table(DriverTable& table);

}  // namespace detaudit::instrument::cupti
