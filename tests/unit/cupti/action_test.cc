#include "instrument/cupti/action.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "instrument/cupti/call_structures.h"

namespace detaudit::instrument::cupti {
namespace {

Action decoded(uint32_t id, const void* parameters, bool done = true) {
  return action_of({id, parameters, nullptr, CUDA_SUCCESS, nullptr}, done);
}

TEST(Action, EveryObservedCallIsDecoded) {
  // Arguments of zeros: null pointers inside are never followed.
  alignas(16) unsigned char zeros[512] = {};
  // Of zeros, the calls that point to their plan have nothing to tell.
#define DETAUDIT_TEST_ID(call) CUPTI_DRIVER_TRACE_CBID_##call
  const std::set<uint32_t> by_pointer = {
      DETAUDIT_TEST_ID(cuLaunchKernelEx),          DETAUDIT_TEST_ID(cuLaunchKernelEx_ptsz),
      DETAUDIT_TEST_ID(cuMemcpy2D_v2),             DETAUDIT_TEST_ID(cuMemcpy2D_v2_ptds),
      DETAUDIT_TEST_ID(cuMemcpy2DUnaligned_v2),    DETAUDIT_TEST_ID(cuMemcpy2DUnaligned_v2_ptds),
      DETAUDIT_TEST_ID(cuMemcpy2DAsync_v2),        DETAUDIT_TEST_ID(cuMemcpy2DAsync_v2_ptsz),
      DETAUDIT_TEST_ID(cuMemcpy3D_v2),             DETAUDIT_TEST_ID(cuMemcpy3D_v2_ptds),
      DETAUDIT_TEST_ID(cuMemcpy3DAsync_v2),        DETAUDIT_TEST_ID(cuMemcpy3DAsync_v2_ptsz),
      DETAUDIT_TEST_ID(cuMemSetAccess),            DETAUDIT_TEST_ID(cuExternalMemoryGetMappedBuffer)};
  std::set<uint32_t> seen;
  for (uint32_t id : observed_calls()) {
    EXPECT_TRUE(seen.insert(id).second) << "twice: " << id;
    for (bool done : {false, true}) {
      const ActionKind kind = decoded(id, zeros, done).kind;
      EXPECT_EQ(kind == ActionKind::kNone, by_pointer.contains(id)) << id;
    }
  }
  EXPECT_GT(seen.size(), 200u);
  EXPECT_EQ(decoded(CUPTI_DRIVER_TRACE_CBID_cuInit, zeros).kind, ActionKind::kNone);
}

TEST(Action, PerThreadCallsAreKnown) {
  cuLaunchKernel_params p{};
  EXPECT_FALSE(decoded(CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel, &p).per_thread);
  EXPECT_TRUE(decoded(CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel_ptsz, &p).per_thread);
  cuMemcpyHtoD_v2_params copy{};
  EXPECT_TRUE(decoded(CUPTI_DRIVER_TRACE_CBID_cuMemcpyHtoD_v2_ptds, &copy).per_thread);
}

TEST(Action, WhatACallReturnedIsReadAtItsEndOnly) {
  CUdeviceptr address = 0x5000;
  cuMemAlloc_v2_params p{&address, 64};
  EXPECT_EQ(decoded(CUPTI_DRIVER_TRACE_CBID_cuMemAlloc_v2, &p, false).destination.begin, 0u);
  EXPECT_EQ(decoded(CUPTI_DRIVER_TRACE_CBID_cuMemAlloc_v2, &p, true).destination,
            (Range{0x5000, 0x5040}));
}

TEST(Action, APitchedCopyIsItsHull) {
  CUDA_MEMCPY2D plan{};
  plan.srcMemoryType = plan.dstMemoryType = CU_MEMORYTYPE_DEVICE;
  plan.srcDevice = 0x1000, plan.srcPitch = 100, plan.srcY = 2, plan.srcXInBytes = 4;
  plan.dstDevice = 0x9000, plan.dstPitch = 64;
  plan.WidthInBytes = 32, plan.Height = 3;
  cuMemcpy2DAsync_v2_params p{&plan, nullptr};
  const Action action = decoded(CUPTI_DRIVER_TRACE_CBID_cuMemcpy2DAsync_v2, &p);
  EXPECT_EQ(action.source, (Range{0x1000 + 204, 0x1000 + 204 + 232}));
  EXPECT_EQ(action.destination, (Range{0x9000, 0x9000 + 160}));
  EXPECT_FALSE(action.opaque);
  plan.dstMemoryType = CU_MEMORYTYPE_ARRAY;
  EXPECT_TRUE(decoded(CUPTI_DRIVER_TRACE_CBID_cuMemcpy2DAsync_v2, &p).opaque);
}

TEST(Action, AFillKnowsItsBytesAndValue) {
  cuMemsetD32Async_params p{0x4000, 7, 10, nullptr};
  const Action action = decoded(CUPTI_DRIVER_TRACE_CBID_cuMemsetD32Async, &p);
  EXPECT_EQ(action.destination, (Range{0x4000, 0x4028}));
  EXPECT_EQ(action.value, 7u);
}

TEST(Action, ACooperativeLaunchIsKnownByItsAttribute) {
  CUlaunchAttribute attribute{};
  attribute.id = CU_LAUNCH_ATTRIBUTE_COOPERATIVE;
  attribute.value.cooperative = 1;
  CUlaunchConfig config{};
  config.gridDimX = 3;
  config.attrs = &attribute;
  config.numAttrs = 1;
  cuLaunchKernelEx_params p{&config, nullptr, nullptr, nullptr};
  const Action action = decoded(CUPTI_DRIVER_TRACE_CBID_cuLaunchKernelEx, &p);
  EXPECT_EQ(action.kind, ActionKind::kLaunch);
  EXPECT_TRUE(action.launch.cooperative);
  EXPECT_EQ(action.launch.grid[0], 3u);
}

}  // namespace
}  // namespace detaudit::instrument::cupti
