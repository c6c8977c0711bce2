#include <gmock/gmock.h>

#include <cstdlib>
#include <cstring>
#include <future>
#include <thread>
#include <utility>

#include "instrument/cupti/call_structures.h"
#include "tests/unit/cupti/watched.h"

// What work of ours must never meet: captures of others, and memory and streams that are no more.
namespace detaudit::instrument::cupti {
namespace {

using testing::ElementsAre;

#define DETAUDIT_CALL(name) CUPTI_DRIVER_TRACE_CBID_##name

GpuSettings sweeps_every(uint64_t launches) {
  GpuSettings settings;
  settings.fine_to = 0;
  settings.sweep_every = launches;
  return settings;
}

std::vector<std::string> lanes_of(const Watched& run) {
  std::vector<std::string> lanes;
  for (const FakeSink::Event& event : run.sink.events) lanes.push_back(event.lane);
  return lanes;
}

TEST(GpuSafety, AContextIsPreparedBesideACapture) {
  GpuSettings settings;
  settings.replays = 1;
  settings.replay_bytes = 1 << 16;
  Watched run(1, settings);
  const CUstream captured = run.driver.create_stream(), other = run.driver.create_stream();
  run.driver.begin_capture(captured);
  run.driver.record(run.driver.create_event(), other);  // the first call of the context
  EXPECT_TRUE(run.device.ready(run.driver.context()));
  EXPECT_EQ(run.driver.captures_broken, 0u);
  CUdeviceptr memory;
  run.table.cuMemAlloc(&memory, 8);  // as the subject would
  EXPECT_EQ(run.driver.captures_broken, 1u);
  run.driver.end_capture(captured);
}

// Another stream may get the handle before the call ends.
TEST(GpuSafety, AStreamIsGoneFromTheBeginningOfItsEnd) {
  Watched run;
  const CUdeviceptr data = run.driver.allocate(64);
  FakeKernel kernel = add_one(64);
  const CUstream stream = run.driver.create_stream();
  const auto launch = [&] { run.driver.launch(kernel, stream, packed(data, data)); };
  launch();
  run.driver.other(DETAUDIT_CALL(cuStreamDestroy_v2), cuStreamDestroy_v2_params{stream}, [&] {
    as_thread("/t0", launch);
    return CUDA_SUCCESS;
  });
  launch();
  run.end();
  EXPECT_THAT(lanes_of(run), ElementsAre("gpu0.s0", "gpu0.s0@/t0/t0", "gpu0.s0@/t0/first"));
}

TEST(GpuSafety, AStreamMayBeDestroyedFromAnotherContext) {
  Watched run(1, sweeps_every(1));
  const CUdeviceptr data = run.driver.allocate(64);
  FakeKernel kernel = add_one(64);
  const CUstream stream = run.driver.create_stream();
  run.driver.launch(kernel, stream, packed(data, data));
  run.driver.make_current(run.driver.other_context());
  run.driver.destroy_stream(stream);
  run.driver.make_current(run.driver.context());
  run.driver.launch(kernel, nullptr, packed(data, data));  // its sweep waits for all streams
  run.end();
  EXPECT_EQ(run.sink.seen["kernel launches"], 2u);
  EXPECT_EQ(run.sink.events.size(), 2u);
}

TEST(GpuSafety, ACallMadeByACallIsNotTheOuterOnesEnd) {
  Watched run;
  const CUdeviceptr from = run.driver.allocate(64), to = run.driver.allocate(64);
  run.driver.other(DETAUDIT_CALL(cuMemcpyDtoD_v2), cuMemcpyDtoD_v2_params{to, from, 64}, [&] {
    run.driver.other(DETAUDIT_CALL(cuMemsetD8_v2), cuMemsetD8_v2_params{from, 1, 64},
                     [] { return CUDA_ERROR_UNKNOWN; });
    return CUDA_SUCCESS;
  });
  run.end();
  ASSERT_EQ(run.sink.events.size(), 1u);
  EXPECT_EQ(run.sink.events[0].op, "memcpy_dtod");
  EXPECT_EQ(run.sink.seen[seen_name(Seen::kLaunchFailed)], 0u);
}

TEST(GpuSafety, AKernelsNameIsReadWhileItsCallbackLasts) {
  Watched run(1, sweeps_every(1));
  const CUdeviceptr data = run.driver.allocate(64);
  FakeKernel kernel = add_one(64);
  auto bytes = packed(data, data);
  void* parameters[] = {bytes.data(), bytes.data() + 8};
  const cuLaunchKernel_params launch{kernel.handle(), 1,          1,      1, 1, 1, 1, 0,
                                     nullptr,         parameters, nullptr};
  auto name = std::make_unique<std::string>("add_one");
  DriverCall call{DETAUDIT_CALL(cuLaunchKernel), &launch, run.driver.context(), CUDA_SUCCESS,
                  name->c_str()};
  run.recorder.before(call);
  *name = "another";
  const std::string again = "add_one";
  call.symbol = again.c_str();
  run.recorder.after(call);
  run.end();
  ASSERT_EQ(run.sink.events.size(), 1u);
  EXPECT_EQ(run.sink.events[0].key, "launch 1 (add_one)");
}

// Its digest was decided on, and the driver does not have it yet.
TEST(GpuSafety, MemoryIsGivenBackBehindWhatStillReadsIt) {
  Watched run;
  const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
  FakeKernel kernel = add_one(64);
  std::promise<void> waits;
  std::atomic<bool> told{false}, freed{false}, freed_early{false};
  run.clock.meanwhile = [&] {
    if (!told.exchange(true)) waits.set_value();
    std::this_thread::yield();
  };
  std::thread other;
  run.device.enqueuing = [&] {
    if (other.joinable()) return;
    other = std::thread([&] {
      const cuMemFree_v2_params free{out};
      const DriverCall call{DETAUDIT_CALL(cuMemFree_v2), &free, run.driver.context(), CUDA_SUCCESS,
                            nullptr};
      run.recorder.before(call);
      freed = true;
      if (!told.exchange(true)) waits.set_value();
      run.recorder.after(call);
    });
    waits.get_future().wait();
    freed_early = freed.load();
  };
  run.driver.launch(kernel, nullptr, packed(in, out));
  other.join();
  EXPECT_FALSE(freed_early);
  EXPECT_TRUE(freed);
  run.clock.meanwhile = nullptr;
  run.end();
}

TEST(GpuSafety, WhatWasGivenBackDuringALaunchIsReadNoMore) {
  for (const bool freed : {false, true}) {
    Watched run;
    const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
    FakeKernel kernel = add_one(64);
    auto bytes = packed(in, out);
    void* parameters[] = {bytes.data(), bytes.data() + 8};
    const cuLaunchKernel_params launch{kernel.handle(), 1,          1,      1, 1, 1, 1, 0,
                                       nullptr,         parameters, nullptr};
    const DriverCall call{DETAUDIT_CALL(cuLaunchKernel), &launch, run.driver.context(),
                          CUDA_SUCCESS, "add_one"};
    run.recorder.before(call);
    const uint64_t jobs = run.device.jobs;
    if (freed) as_thread("/t0", [&] { run.driver.free(out); });
    run.recorder.after(call);
    EXPECT_EQ(run.device.jobs - jobs, freed ? 1u : 2u);
    run.end();
    ASSERT_EQ(run.sink.events.size(), 1u);
    EXPECT_EQ(run.sink.events[0].outputs[1].sound, !freed);
  }
}

// The driver does not wait for the device before it unmaps.
TEST(GpuSafety, MappingsGoBehindTheSweepThatReadsThem) {
  constexpr size_t kBytes = 256;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    Watched run(seed, sweeps_every(1));
    const CUdeviceptr other = run.driver.allocate(64);
    const auto mapped = reinterpret_cast<CUdeviceptr>(std::aligned_alloc(64, kBytes));
    std::memset(reinterpret_cast<void*>(mapped), 1, kBytes);
    const auto before = digest_at(mapped, kBytes);
    run.driver.other(DETAUDIT_CALL(cuMemMap), cuMemMap_params{mapped, kBytes, 0, 7, 0});
    const CUmemAccessDesc access{{CU_MEM_LOCATION_TYPE_DEVICE, {0}},
                                 CU_MEM_ACCESS_FLAGS_PROT_READWRITE};
    run.driver.other(DETAUDIT_CALL(cuMemSetAccess),
                     cuMemSetAccess_params{mapped, kBytes, &access, 1});
    FakeKernel kernel = add_one(64);
    run.driver.launch(kernel, nullptr, packed(other, other));
    run.clock.meanwhile = [&] { run.driver.run_some(1); };
    run.driver.other(DETAUDIT_CALL(cuMemUnmap), cuMemUnmap_params{mapped, kBytes}, [&] {
      std::memset(reinterpret_cast<void*>(mapped), 2, kBytes);
      return CUDA_SUCCESS;
    });
    run.end();
    std::free(reinterpret_cast<void*>(mapped));
    ASSERT_EQ(run.sink.events.size(), 1u);
    ASSERT_EQ(run.sink.events[0].outputs.size(), 2u);
    EXPECT_EQ(run.sink.events[0].outputs[1].digest, before) << "seed " << seed;
  }
}

TEST(GpuSafety, MemoryFreedInAStreamsOrderIsFreedBehindTheSweep) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Watched run(seed, sweeps_every(1));
    const CUdeviceptr kept = run.driver.allocate(64);
    const CUdeviceptr freed = run.driver.allocate_async(64, nullptr);
    FakeKernel kernel = add_one(64);
    run.driver.launch(kernel, nullptr, packed(kept, kept));
    const CUstream fresh = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
    run.driver.free_async(freed, fresh);
    run.end();
    ASSERT_EQ(run.sink.events.size(), 1u);
    ASSERT_EQ(run.sink.events[0].outputs.size(), 2u);
    EXPECT_EQ(run.sink.events[0].outputs[1].digest,
              kernels::digest(std::vector<unsigned char>(64, 0).data(), 64))
        << "seed " << seed;
  }
}

// Bytes in use, so far.
class Counted : public std::pmr::memory_resource {
 public:
  size_t bytes = 0;

 private:
  void* do_allocate(size_t count, size_t alignment) override {
    bytes += count;
    return std::pmr::new_delete_resource()->allocate(count, alignment);
  }
  void do_deallocate(void* at, size_t count, size_t alignment) override {
    bytes -= count;
    std::pmr::new_delete_resource()->deallocate(at, count, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

TEST(GpuSafety, MemoryAndStreamsThatComeAndGoLeaveNothingBehind) {
  for (const bool fine : {true, false}) {
    Counted memory;
    GpuSettings settings = sweeps_every(64);
    if (fine) settings = {};
    FakeDriver driver;
    FakeDigestDevice device(driver, 1024);
    FakeSink sink;
    FakeClock clock;
    const DriverTable table = driver.table();
    GpuRecorder recorder({table, device, sink, clock, &memory}, settings);
    driver.start(recorder, observed_calls());
    const CUdeviceptr kept = driver.allocate(64);
    FakeKernel kernel = add_one(64);
    const auto round = [&] {
      for (int i = 0; i < 1000; ++i) {
        const CUstream stream = driver.create_stream(CU_STREAM_NON_BLOCKING);
        const CUdeviceptr data = driver.allocate(64);
        driver.launch(kernel, stream, packed(kept, data));
        driver.synchronize(stream);
        driver.free(data);
        driver.destroy_stream(stream);
        recorder.drain();
      }
    };
    round();
    const size_t after_one = memory.bytes;
    for (int i = 0; i < 4; ++i) round();
    EXPECT_LT(memory.bytes, after_one + 64 * 1024) << (fine ? "fine" : "coarse");
    EXPECT_EQ(sink.lost, 0u);
    driver.stop();
  }
}

}  // namespace
}  // namespace detaudit::instrument::cupti
