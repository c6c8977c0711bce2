#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "instrument/cupti/call_structures.h"
#include "tests/unit/cupti/watched.h"

// Memory that work of ours must not touch, and memory that is more than it looks.
namespace detaudit::instrument::cupti {
namespace {

#define DETAUDIT_CALL(name) CUPTI_DRIVER_TRACE_CBID_##name

// Reading it ends the test.
constexpr CUdeviceptr kNowhere = 0x10000;

TEST(GpuMemory, AnUnknownDeviceAddressIsNeverReadByTheHost) {
  Watched run;
  run.driver.allocate(64);
  std::array<std::byte, 64> host{};
  run.driver.other(DETAUDIT_CALL(cuMemcpyDtoH_v2), cuMemcpyDtoH_v2_params{&host, kNowhere, 64});
  run.driver.other(DETAUDIT_CALL(cuMemcpyDtoD_v2), cuMemcpyDtoD_v2_params{kNowhere, kNowhere, 64});
  run.end();
  ASSERT_EQ(run.sink.events.size(), 2u);
  EXPECT_EQ(run.sink.events[0].op, "memcpy_dtoh");
}

struct Mapped {
  explicit Mapped(Watched& watched) : run(watched) {
    at = reinterpret_cast<CUdeviceptr>(std::aligned_alloc(64, 2 * kBytes));
    std::memset(reinterpret_cast<void*>(at), 1, 2 * kBytes);
  }
  ~Mapped() { std::free(reinterpret_cast<void*>(at)); }
  void map(int part, CUmemGenericAllocationHandle handle = 7) {
    run.driver.other(DETAUDIT_CALL(cuMemMap),
                     cuMemMap_params{at + part * kBytes, kBytes, 0, handle, 0});
  }
  void give_access(CUmemAccess_flags flags = CU_MEM_ACCESS_FLAGS_PROT_READWRITE) {
    const CUmemAccessDesc access{{CU_MEM_LOCATION_TYPE_DEVICE, {0}}, flags};
    run.driver.other(DETAUDIT_CALL(cuMemSetAccess),
                     cuMemSetAccess_params{at, 2 * kBytes, &access, 1});
  }
  static constexpr size_t kBytes = 256;
  Watched& run;
  CUdeviceptr at;
};

FakeKernel fill_all(size_t bytes) {
  return {"fill_all", {{0, 8}}, {[=](const std::byte* p) {
            std::memset(argument<void*>(p, 0), 5, bytes);
          }}};
}

TEST(GpuMemory, MappingsSideBySideAreOneBuffer) {
  Watched run;
  run.driver.allocate(8);
  Mapped memory(run);
  memory.map(0);
  memory.map(1);
  memory.give_access();
  FakeKernel kernel = fill_all(2 * Mapped::kBytes);
  run.driver.launch(kernel, nullptr, packed(memory.at));
  run.driver.synchronize();
  run.recorder.drain();
  ASSERT_EQ(run.sink.events.size(), 1u);
  ASSERT_EQ(run.sink.events[0].outputs.size(), 1u);
  EXPECT_EQ(run.sink.events[0].outputs[0].bytes, 2 * Mapped::kBytes);
  EXPECT_EQ(run.sink.events[0].outputs[0].digest, digest_at(memory.at, 2 * Mapped::kBytes));
  // What the first write reached is known to be written behind the border as well.
  const CUdeviceptr second = memory.at + Mapped::kBytes + 64;
  FakeKernel reader{"read", {{0, 8}}, {[](const std::byte*) {}}};
  run.driver.launch(reader, nullptr, packed(second));
  run.driver.launch(kernel, nullptr, packed(memory.at));
  const uint64_t jobs = run.device.jobs;
  run.driver.launch(reader, nullptr, packed(second));
  EXPECT_EQ(run.device.jobs, jobs + 2);  // before it, again, and behind it
  // One of them goes.
  run.driver.other(DETAUDIT_CALL(cuMemUnmap),
                   cuMemUnmap_params{memory.at + Mapped::kBytes, Mapped::kBytes});
  FakeKernel half = fill_all(Mapped::kBytes);
  run.driver.launch(half, nullptr, packed(memory.at));
  run.end();
  EXPECT_EQ(run.sink.events.back().outputs[0].bytes, Mapped::kBytes);
}

TEST(GpuMemory, WhatIsMappedIsReadOnceTheDeviceMayRead) {
  GpuSettings settings;
  settings.fine_to = 0;
  settings.sweep_every = 1;
  for (const bool access : {false, true}) {
    Watched run(1, settings);
    const CUdeviceptr other = run.driver.allocate(64);
    Mapped memory(run);
    memory.map(0);
    if (access) memory.give_access();
    FakeKernel kernel = fill_all(64);
    run.driver.launch(kernel, nullptr, packed(other));
    run.end();
    ASSERT_FALSE(run.sink.events.empty());
    EXPECT_EQ(run.sink.events[0].outputs.size(), access ? 2u : 1u);
  }
}

TEST(GpuMemory, MappingsOfAMulticastObjectAreNeverRead) {
  Watched run;
  run.driver.allocate(8);
  CUmemGenericAllocationHandle handle = 99;
  run.driver.other(DETAUDIT_CALL(cuMulticastCreate), cuMulticastCreate_params{&handle, nullptr});
  Mapped memory(run);
  memory.map(0, handle);
  memory.give_access();
  FakeKernel kernel = fill_all(8);
  run.driver.launch(kernel, nullptr, packed(memory.at));
  run.end();
  ASSERT_EQ(run.sink.events.size(), 1u);
  EXPECT_TRUE(run.sink.events[0].outputs.empty());
  EXPECT_EQ(run.device.jobs, 0u);
  EXPECT_EQ(run.recorder.coverage().of(Seen::kUnreadBuffers), 1u);
}

TEST(GpuMemory, MemoryOfAnotherContextIsReadWithItsLeaveAlone) {
  for (const bool opened : {false, true}) {
    Watched run;
    run.driver.make_current(run.driver.other_context());
    const CUdeviceptr theirs = run.driver.allocate(64);
    run.driver.make_current(run.driver.context());
    const CUdeviceptr ours = run.driver.allocate(64);
    if (opened)
      run.driver.other(DETAUDIT_CALL(cuCtxEnablePeerAccess),
                       cuCtxEnablePeerAccess_params{run.driver.other_context(), 0});
    run.driver.copy(ours, theirs, 64, nullptr);  // needs no leave
    run.end();
    ASSERT_EQ(run.sink.events.size(), 1u);
    EXPECT_EQ(run.sink.events[0].inputs.size(), opened ? 2u : 1u);
    EXPECT_EQ(run.sink.events[0].outputs.size(), 1u);
    EXPECT_EQ(run.recorder.coverage().of(Seen::kUnreadBuffers), opened ? 0u : 1u);
  }
}

TEST(GpuMemory, AnotherContextsEndIsNotThisOnes) {
  Watched run;
  run.driver.make_current(run.driver.other_context());
  run.driver.allocate(64);
  run.driver.make_current(run.driver.context());
  const CUdeviceptr ours = run.driver.allocate(64);
  FakeKernel kernel = fill_all(64);
  run.driver.launch(kernel, nullptr, packed(ours));
  run.driver.destroy_context(run.driver.other_context());
  EXPECT_TRUE(run.device.ready(run.driver.context()));
  EXPECT_FALSE(run.device.ready(run.driver.other_context()));
  EXPECT_EQ(run.driver.current(), run.driver.context());
  run.driver.launch(kernel, nullptr, packed(ours));
  run.end();
  ASSERT_EQ(run.sink.events.size(), 2u);
  EXPECT_TRUE(run.sink.events[0].outputs[0].sound);
  EXPECT_EQ(run.sink.events[1].outputs[0].digest, digest_at(ours, 64));
}

// The handle of a kernel whose module is gone may be another's: what it takes is asked again.
TEST(GpuMemory, AKernelsParametersAreForgottenWithItsModule) {
  for (const bool by_call : {false, true}) {
    Watched run;
    const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
    FakeKernel kernel = add_one(64);
    run.driver.launch(kernel, nullptr, packed(in, out));
    if (by_call)
      run.driver.other(DETAUDIT_CALL(cuModuleUnload), cuModuleUnload_params{});
    else
      run.recorder.unloaded(1);
    run.driver.synchronize();
    kernel = fill_all(64);
    run.driver.launch(kernel, nullptr, packed(out));
    run.end();
    ASSERT_EQ(run.sink.events.size(), 2u);
    EXPECT_EQ(run.sink.events[1].outputs.size(), 1u);
  }
}

TEST(GpuMemory, VariablesOfAModuleAreKnownByAddress) {
  Watched run;
  const CUdeviceptr out = run.driver.allocate(64);
  FakeKernel kernel = add_one(0);
  CUdeviceptr variable = kNowhere;
  size_t bytes = 16;
  auto module = reinterpret_cast<CUmodule>(&kernel);
  const auto ask = [&] {
    run.driver.other(DETAUDIT_CALL(cuModuleGetGlobal_v2),
                     cuModuleGetGlobal_v2_params{&variable, &bytes, module, "x"});
  };
  ask();
  run.driver.launch(kernel, nullptr, packed(variable, out));
  run.driver.other(DETAUDIT_CALL(cuModuleUnload), cuModuleUnload_params{module});
  variable += 4096;  // elsewhere in another run
  ask();
  run.driver.launch(kernel, nullptr, packed(variable, out));
  run.end();
  ASSERT_EQ(run.sink.events.size(), 2u);
  EXPECT_EQ(run.sink.events[0].inputs[0].digest, run.sink.events[1].inputs[0].digest);
  EXPECT_EQ(run.sink.events[0].outputs.size(), 1u);
  EXPECT_EQ(run.recorder.coverage().of(Seen::kUnreadBuffers), 2u);
}

// What lies between the rows of a rectangle was there before: without it as an input, a difference
// in it would enter here.
TEST(GpuMemory, ARectangleWithGapsIsReadAsWell) {
  Watched run;
  const CUdeviceptr from = run.driver.allocate(256), to = run.driver.allocate(256);
  CUDA_MEMCPY2D plan{};
  plan.srcMemoryType = plan.dstMemoryType = CU_MEMORYTYPE_DEVICE;
  plan.srcDevice = from, plan.dstDevice = to;
  plan.srcPitch = 16, plan.dstPitch = 64, plan.WidthInBytes = 16, plan.Height = 4;
  run.driver.other(DETAUDIT_CALL(cuMemcpy2DAsync_v2), cuMemcpy2DAsync_v2_params{&plan, nullptr});
  plan.dstPitch = 16;
  run.driver.other(DETAUDIT_CALL(cuMemcpy2DAsync_v2), cuMemcpy2DAsync_v2_params{&plan, nullptr});
  run.end();
  ASSERT_EQ(run.sink.events.size(), 2u);
  EXPECT_EQ(run.sink.events[0].inputs.size(), 3u);  // the plan, both rectangles
  EXPECT_EQ(run.sink.events[1].inputs.size(), 2u);
}

TEST(GpuMemory, WhatTheHostIsCalledForMayHaveWritten) {
  Watched run;
  const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
  FakeKernel kernel{"read", {{0, 8}, {8, 8}}, {[](const std::byte*) {}}};
  run.driver.launch(kernel, nullptr, packed(in, out));
  const uint64_t first = run.device.jobs;
  run.driver.launch(kernel, nullptr, packed(in, out));
  const uint64_t again = run.device.jobs - first;
  run.driver.other(DETAUDIT_CALL(cuStreamAddCallback), cuStreamAddCallback_params{});
  const uint64_t before = run.device.jobs;
  run.driver.launch(kernel, nullptr, packed(in, out));
  EXPECT_GT(run.device.jobs - before, again);
}

TEST(GpuMemory, AValueThatAStreamWritesIsAnEvent) {
  Watched run;
  const CUdeviceptr at = run.driver.allocate(64);
  run.driver.other(DETAUDIT_CALL(cuStreamWriteValue32_v2),
                   cuStreamWriteValue32_v2_params{nullptr, at + 8, 5, 0});
  run.end();
  ASSERT_EQ(run.sink.events.size(), 1u);
  EXPECT_EQ(run.sink.events[0].op, "write_value");
  EXPECT_EQ(run.sink.events[0].outputs[0].bytes, 4u);
}

TEST(GpuMemory, NoSweepStopsStreamsThatWaitForValues) {
  GpuSettings settings;
  settings.fine_to = 0;
  settings.sweep_every = 1;
  Watched run(1, settings);
  const CUdeviceptr at = run.driver.allocate(64);
  run.driver.other(DETAUDIT_CALL(cuStreamWaitValue32_v2), cuStreamWaitValue32_v2_params{});
  FakeKernel kernel = fill_all(64);
  run.driver.launch(kernel, nullptr, packed(at));
  run.end();
  EXPECT_TRUE(run.sink.events.empty());
  EXPECT_GT(run.sink.lost, 0u);
}

TEST(GpuMemory, ASweepBreaksNoCapture) {
  GpuSettings settings;
  settings.fine_to = 0;
  settings.sweep_every = 1;
  Watched run(1, settings);
  const CUdeviceptr at = run.driver.allocate(64);
  const CUstream captured = run.driver.create_stream();
  const CUstream free = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
  FakeKernel kernel = fill_all(64);
  for (CUstream stream : {CUstream{}, captured, free})
    run.driver.launch(kernel, stream, packed(at));
  run.driver.begin_capture(captured);
  run.driver.launch(kernel, free, packed(at));
  EXPECT_EQ(run.driver.captures_broken, 0u);
  run.driver.end_capture(captured);
  run.driver.launch(kernel, free, packed(at));
  run.end();
  EXPECT_EQ(run.recorder.coverage().of(Seen::kSweeps), 4u);
}

TEST(GpuMemory, MappingsThatTheHostMayWriteAreDigestedEachTime) {
  for (const bool host : {false, true}) {
    Watched run;
    run.driver.allocate(8);
    Mapped memory(run);
    memory.map(0);
    const CUmemAccessDesc access[] = {
        {{CU_MEM_LOCATION_TYPE_DEVICE, {0}}, CU_MEM_ACCESS_FLAGS_PROT_READWRITE},
        {{CU_MEM_LOCATION_TYPE_HOST_NUMA, {0}}, CU_MEM_ACCESS_FLAGS_PROT_READWRITE}};
    run.driver.other(DETAUDIT_CALL(cuMemSetAccess),
                     cuMemSetAccess_params{memory.at, Mapped::kBytes, access, host ? 2u : 1u});
    FakeKernel reader{"read", {{0, 8}}, {[](const std::byte*) {}}};
    run.driver.launch(reader, nullptr, packed(memory.at));
    run.driver.synchronize();
    const uint64_t jobs = run.device.jobs;
    run.driver.launch(reader, nullptr, packed(memory.at));
    EXPECT_EQ(run.device.jobs - jobs, host ? 2u : 1u);
    run.end();
  }
}

// Parts of a device (green contexts) have the memory of its primary context.
struct WithGreen {
  explicit WithGreen(Watched& watched) : run(watched) {
    cuGreenCtxCreate_params make{&green, nullptr, 0, 0};
    run.driver.other(DETAUDIT_CALL(cuGreenCtxCreate), make);
    CUcontext given = run.driver.other_context();
    cuCtxFromGreenCtx_params ask{&given, green};
    run.driver.other(DETAUDIT_CALL(cuCtxFromGreenCtx), ask);
  }
  void destroy() {
    run.driver.other(DETAUDIT_CALL(cuGreenCtxDestroy), cuGreenCtxDestroy_params{green});
  }
  Watched& run;
  CUgreenCtx green = reinterpret_cast<CUgreenCtx>(this);
};

TEST(GpuMemory, APartOfADeviceReadsAndGivesItsPrimaryContextsMemory) {
  Watched run;
  const CUdeviceptr ours = run.driver.allocate(64);
  WithGreen green(run);
  FakeKernel kernel = add_one(64);
  run.driver.make_current(run.driver.other_context());
  const CUdeviceptr theirs = run.driver.allocate(64);
  run.driver.launch(kernel, nullptr, packed(ours, theirs));
  run.driver.make_current(run.driver.context());
  run.driver.synchronize();
  green.destroy();
  EXPECT_FALSE(run.device.ready(run.driver.other_context()));
  run.driver.launch(kernel, nullptr, packed(ours, theirs));  // outlives the part
  run.end();
  ASSERT_EQ(run.sink.events.size(), 2u);
  for (const FakeSink::Event& event : run.sink.events) ASSERT_EQ(event.outputs.size(), 2u);
  EXPECT_EQ(run.sink.events[0].outputs[1].digest, digest_at(theirs, 64));
  EXPECT_EQ(run.recorder.coverage().of(Seen::kUnreadBuffers), 0u);
  EXPECT_EQ(run.sink.lost, 0u);
}

TEST(GpuMemory, NoSweepIsMadeWherePartsOfTheDeviceAreUsed) {
  for (const bool used : {false, true}) {
    GpuSettings settings;
    settings.fine_to = 0;
    settings.sweep_every = 1;
    Watched run(1, settings);
    const CUdeviceptr data = run.driver.allocate(64);
    if (used) WithGreen green(run);
    FakeKernel kernel = add_one(64);
    run.driver.launch(kernel, nullptr, packed(data, data));
    run.end();
    EXPECT_EQ(run.sink.events.size(), used ? 0u : 1u);
    EXPECT_EQ(run.sink.lost > 0, used);
  }
}

// Memory at `at`, by one of the driver's ways to get some, and the way back.
struct Allocator {
  const char* name;
  void (*give)(FakeDriver& driver, CUdeviceptr at, size_t bytes);
  void (*take)(FakeDriver& driver, CUdeviceptr at, size_t bytes);
};

template <typename Parameters, typename Address>
void give_by(FakeDriver& driver, uint32_t id, Parameters parameters, Address* out, CUdeviceptr at) {
  driver.other(id, parameters, [=] {
    *out = (Address)(at);
    return CUDA_SUCCESS;
  });
}

void free_by(FakeDriver& driver, CUdeviceptr at, size_t) {
  driver.other(DETAUDIT_CALL(cuMemFree_v2), cuMemFree_v2_params{at});
}
void free_host(FakeDriver& driver, CUdeviceptr at, size_t) {
  driver.other(DETAUDIT_CALL(cuMemFreeHost), cuMemFreeHost_params{reinterpret_cast<void*>(at)});
}

const Allocator kAllocators[] = {
    {"Plain",
     [](FakeDriver& driver, CUdeviceptr at, size_t bytes) {
       CUdeviceptr given = 0;
       give_by(driver, DETAUDIT_CALL(cuMemAlloc_v2), cuMemAlloc_v2_params{&given, bytes}, &given,
               at);
     },
     free_by},
    {"Pitched",
     [](FakeDriver& driver, CUdeviceptr at, size_t bytes) {
       CUdeviceptr given = 0;
       size_t pitch = bytes / 4;
       give_by(driver, DETAUDIT_CALL(cuMemAllocPitch_v2),
               cuMemAllocPitch_v2_params{&given, &pitch, 8, 4, 4}, &given, at);
     },
     free_by},
    {"Managed",
     [](FakeDriver& driver, CUdeviceptr at, size_t bytes) {
       CUdeviceptr given = 0;
       give_by(driver, DETAUDIT_CALL(cuMemAllocManaged),
               cuMemAllocManaged_params{&given, bytes, CU_MEM_ATTACH_GLOBAL}, &given, at);
     },
     free_by},
    {"InAStreamsOrder",
     [](FakeDriver& driver, CUdeviceptr at, size_t bytes) {
       CUdeviceptr given = 0;
       give_by(driver, DETAUDIT_CALL(cuMemAllocAsync),
               cuMemAllocAsync_params{&given, bytes, nullptr}, &given, at);
     },
     [](FakeDriver& driver, CUdeviceptr at, size_t) {
       driver.other(DETAUDIT_CALL(cuMemFreeAsync_ptsz),
                    cuMemFreeAsync_params{at, CU_STREAM_LEGACY});
     }},
    {"OfAPool",
     [](FakeDriver& driver, CUdeviceptr at, size_t bytes) {
       CUdeviceptr given = 0;
       give_by(driver, DETAUDIT_CALL(cuMemAllocFromPoolAsync),
               cuMemAllocFromPoolAsync_params{&given, bytes, nullptr, nullptr}, &given, at);
     },
     [](FakeDriver& driver, CUdeviceptr at, size_t) {
       driver.other(DETAUDIT_CALL(cuMemFreeAsync), cuMemFreeAsync_params{at, nullptr});
     }},
    {"PinnedOnTheHost",
     [](FakeDriver& driver, CUdeviceptr at, size_t bytes) {
       void* given = nullptr;
       give_by(driver, DETAUDIT_CALL(cuMemHostAlloc_v2), cuMemHostAlloc_params{&given, bytes, 0},
               &given, at);
     },
     free_host},
    {"OfTheHost",
     [](FakeDriver& driver, CUdeviceptr at, size_t bytes) {
       void* given = nullptr;
       give_by(driver, DETAUDIT_CALL(cuMemAllocHost_v2), cuMemAllocHost_v2_params{&given, bytes},
               &given, at);
     },
     free_host},
    {"Registered",
     [](FakeDriver& driver, CUdeviceptr at, size_t bytes) {
       driver.other(DETAUDIT_CALL(cuMemHostRegister_v2),
                    cuMemHostRegister_v2_params{reinterpret_cast<void*>(at), bytes, 0});
     },
     [](FakeDriver& driver, CUdeviceptr at, size_t) {
       driver.other(DETAUDIT_CALL(cuMemHostUnregister),
                    cuMemHostUnregister_params{reinterpret_cast<void*>(at)});
     }},
    {"OfAnotherProcess",
     [](FakeDriver& driver, CUdeviceptr at, size_t bytes) {
       CUdeviceptr given = 0;
       driver.range_bytes = bytes;
       give_by(driver, DETAUDIT_CALL(cuIpcOpenMemHandle_v2),
               cuIpcOpenMemHandle_v2_params{&given, {}, 0}, &given, at);
     },
     [](FakeDriver& driver, CUdeviceptr at, size_t) {
       driver.other(DETAUDIT_CALL(cuIpcCloseMemHandle), cuIpcCloseMemHandle_params{at});
     }},
    {"OfAnotherProcesssPool",
     [](FakeDriver& driver, CUdeviceptr at, size_t bytes) {
       CUdeviceptr given = 0;
       driver.range_bytes = bytes;
       give_by(driver, DETAUDIT_CALL(cuMemPoolImportPointer),
               cuMemPoolImportPointer_params{&given, nullptr, nullptr}, &given, at);
     },
     free_by},
    {"Mapped",
     [](FakeDriver& driver, CUdeviceptr at, size_t bytes) {
       driver.other(DETAUDIT_CALL(cuMemMap), cuMemMap_params{at, bytes, 0, 7, 0});
       const CUmemAccessDesc access{{CU_MEM_LOCATION_TYPE_DEVICE, {0}},
                                    CU_MEM_ACCESS_FLAGS_PROT_READWRITE};
       driver.other(DETAUDIT_CALL(cuMemSetAccess), cuMemSetAccess_params{at, bytes, &access, 1});
     },
     [](FakeDriver& driver, CUdeviceptr at, size_t bytes) {
       driver.other(DETAUDIT_CALL(cuMemUnmap), cuMemUnmap_params{at, bytes});
     }},
};

class EveryAllocator : public testing::TestWithParam<Allocator> {};

TEST_P(EveryAllocator, IsFollowedUntilItsMemoryIsGivenBack) {
  Watched run;
  run.driver.allocate(8);
  std::vector<std::byte> memory(64);
  const auto at = reinterpret_cast<CUdeviceptr>(memory.data());
  FakeKernel kernel = fill_all(16);
  GetParam().give(run.driver, at, 64);
  run.driver.launch(kernel, nullptr, packed(at + 16));
  run.driver.launch(kernel, nullptr, packed(at));
  run.driver.synchronize();
  const auto written = digest_at(at, 16);
  GetParam().take(run.driver, at, 64);
  run.driver.launch(kernel, nullptr, packed(at));
  run.end();
  ASSERT_EQ(run.sink.events.size(), 3u);
  ASSERT_EQ(run.sink.events[1].outputs.size(), 1u);
  EXPECT_EQ(run.sink.events[0].outputs[0].bytes, 48u);
  EXPECT_EQ(run.sink.events[1].outputs[0].bytes, 16u);  // to where the other begins
  EXPECT_EQ(run.sink.events[1].outputs[0].digest, written);
  EXPECT_TRUE(run.sink.events[2].outputs.empty());
}

INSTANTIATE_TEST_SUITE_P(Gpu, EveryAllocator, testing::ValuesIn(kAllocators),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(GpuMemory, EachDeviceHasItsLanesAndItsSweeps) {
  GpuSettings settings;
  settings.sweep_every = 1;
  Watched run(1, settings);
  FakeKernel kernel = fill_all(64);
  CUdeviceptr data[2];
  for (int device : {0, 1}) {
    run.driver.device = device;
    run.driver.make_current(device ? run.driver.other_context() : run.driver.context());
    data[device] = run.driver.allocate(64);
    run.driver.launch(kernel, nullptr, packed(data[device]));
  }
  run.end();
  ASSERT_EQ(run.sink.events.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    const FakeSink::Event& event = run.sink.events[i];
    EXPECT_EQ(event.lane, std::string(i < 2 ? "gpu0" : "gpu1") + (i % 2 ? "" : ".default"));
    ASSERT_EQ(event.outputs.size(), 1u);
    EXPECT_EQ(event.outputs[0].digest, digest_at(data[i / 2], 64));
  }
}

}  // namespace
}  // namespace detaudit::instrument::cupti
