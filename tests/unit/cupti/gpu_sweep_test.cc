#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <mutex>
#include <thread>

#include "instrument/cupti/call_structures.h"
#include "tests/unit/cupti/watched.h"

// The coarse granularity: what a sweep is worth, and when there is one.
namespace detaudit::instrument::cupti {
namespace {

TEST(GpuSweeps, SweepsDigestAllMemoryOfAllStreams) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    GpuSettings settings;
    settings.fine_to = 0;
    settings.sweep_every = 4;
    Watched run(seed, settings);
    const CUdeviceptr first = run.driver.allocate(64), second = run.driver.allocate(64);
    const CUstream a = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
    const CUstream b = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
    FakeKernel kernel = add_one(64);
    for (int i = 0; i < 8; ++i)
      run.driver.launch(kernel, i % 2 ? a : b,
                        i % 2 ? packed(first, first) : packed(second, second));
    run.end();
    ASSERT_EQ(run.sink.events.size(), 2u);
    ASSERT_EQ(run.sink.events[0].op, "sweep");
    ASSERT_EQ(run.sink.events[0].outputs.size(), 2u);
    // After four launches each buffer was written twice, after eight four times.
    for (int sweep = 0; sweep < 2; ++sweep) {
      std::vector<unsigned char> bytes(64, static_cast<unsigned char>(2 * (sweep + 1)));
      for (const GpuBuffer& buffer : run.sink.events[sweep].outputs)
        EXPECT_EQ(buffer.digest, kernels::digest(bytes.data(), 64)) << "seed " << seed;
    }
    EXPECT_EQ(run.sink.seen["allocations changed by no work seen"], 0u);
  }
}

// `count` launches that each write `data`, sweeps every four, and what was recorded of them.
void launch_on(Watched& run, CUdeviceptr data, int count) {
  static FakeKernel kernel = add_one(64);  // runs when the host waits
  for (int i = 0; i < count; ++i) run.driver.launch(kernel, nullptr, packed(data, data));
}

GpuSettings sweeps_every_four() {
  GpuSettings settings;
  settings.fine_to = 0;
  settings.sweep_every = 4;
  return settings;
}

TEST(GpuSweeps, ASweepStartsFromWhatTheLastOneFound) {
  Watched run(1, sweeps_every_four());
  launch_on(run, run.driver.allocate(64), 8);
  run.end();
  ASSERT_EQ(run.sink.events.size(), 2u);
  EXPECT_EQ(run.sink.events[0].lane, "gpu0");
  EXPECT_EQ(run.sink.events[0].key, "launches 1 to 4");
  EXPECT_TRUE(run.sink.events[0].inputs.empty());
  EXPECT_EQ(run.sink.events[1].key, "launches 5 to 8");
  ASSERT_EQ(run.sink.events[1].inputs.size(), 1u);
  EXPECT_EQ(run.sink.events[1].inputs[0].digest,
            kernels::combine_ordered({{run.sink.events[0].outputs[0].digest}}));
  EXPECT_TRUE(run.sink.events[1].inputs[0].sound);
}

TEST(GpuSweeps, WhatIsBehindTheLastSweepIsSweptAtTheEnd) {
  for (const bool destroyed : {false, true}) {
    Watched run(1, sweeps_every_four());
    run.clock.meanwhile = [&] { run.driver.run_some(10); };
    launch_on(run, run.driver.allocate(64), 6);
    if (destroyed) run.driver.destroy_context();
    run.end();
    ASSERT_EQ(run.sink.events.size(), 2u);
    EXPECT_EQ(run.sink.events[1].key, "launches 5 to 6");
    EXPECT_EQ(run.sink.seen["launches behind the last sweep"], 0u);
    EXPECT_EQ(run.sink.seen["launches between two sweeps at most"], 4u);
  }
}

TEST(GpuSweeps, ALaunchBetweenTwoSweepsIsNamed) {
  GpuSettings settings;
  settings.fine_to = 0;
  settings.sweep_every = 1;
  Watched run(1, settings);
  launch_on(run, run.driver.allocate(64), 2);
  run.end();
  ASSERT_EQ(run.sink.events.size(), 2u);
  EXPECT_EQ(run.sink.events[1].key, "launch 2 (add_one)");
}

TEST(GpuSweeps, SweptMemoryIsInTheOrderInWhichItWasGiven) {
  Watched run(1, sweeps_every_four());
  CUdeviceptr data[8];
  for (CUdeviceptr& one : data) one = run.driver.allocate(64);
  run.driver.free(data[0]);
  data[0] = data[1];
  std::copy(data + 2, data + 8, data + 1);
  data[7] = run.driver.allocate(64);  // the ninth, where the first was
  ASSERT_FALSE(std::is_sorted(data, data + 8));
  launch_on(run, data[3], 4);
  run.end();
  ASSERT_EQ(run.sink.events.size(), 1u);
  ASSERT_EQ(run.sink.events[0].outputs.size(), 8u);
  for (size_t i = 0; i < 8; ++i)
    EXPECT_EQ(run.sink.events[0].outputs[i].name, "allocation " + std::to_string(i + 1));
}

TEST(GpuSweeps, WhatNobodyWroteIsComparedWithNothing) {
  Watched run(1, sweeps_every_four());
  const CUdeviceptr written = run.driver.allocate(64), other = run.driver.allocate(64);
  launch_on(run, written, 4);
  run.driver.synchronize();
  *reinterpret_cast<char*>(other) ^= 1;  // by nobody that is seen
  launch_on(run, written, 4);
  run.end();
  ASSERT_EQ(run.sink.events.size(), 2u);
  EXPECT_TRUE(run.sink.events[0].outputs[0].sound);
  EXPECT_FALSE(run.sink.events[0].outputs[1].sound);
  EXPECT_TRUE(run.sink.events[1].outputs[1].sound);  // it changed, so somebody did
}

TEST(GpuSweeps, ThreadsThatGiveWorkAtOnceLeaveSweepsUnsound) {
  Watched run(1, sweeps_every_four());
  const CUdeviceptr data = run.driver.allocate(64);
  FakeKernel kernel = add_one(64);
  auto bytes = packed(data, data);
  void* parameters[] = {bytes.data(), bytes.data() + 8};
  const cuLaunchKernel_params launch{kernel.handle(), 1,          1,      1, 1, 1, 1, 0,
                                     nullptr,         parameters, nullptr};
  DriverCall call{CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel, &launch, run.driver.context(),
                  CUDA_SUCCESS, "add_one"};
  launch_on(run, data, 4);
  std::mutex step;
  step.lock();
  std::promise<void> begun;
  std::thread other([&] {
    run.recorder.before(call);
    begun.set_value();
    step.lock();
    call.result = CUDA_ERROR_UNKNOWN;
    run.recorder.after(call);
  });
  begun.get_future().wait();
  launch_on(run, data, 3);
  step.unlock();
  other.join();
  launch_on(run, data, 4);
  run.end();
  ASSERT_GE(run.sink.events.size(), 3u);
  EXPECT_TRUE(run.sink.events[0].outputs[0].sound);
  for (size_t i = 1; i < run.sink.events.size(); ++i)
    EXPECT_FALSE(run.sink.events[i].outputs[0].sound);
}

std::vector<std::string> keys_of(const Watched& run) {
  std::vector<std::string> keys;
  for (const FakeSink::Event& event : run.sink.events)
    if (event.op == "sweep") keys.push_back(event.key);
  return keys;
}

TEST(GpuSweeps, ASweepSaysWhoGaveWork) {
  // Another thread comes behind the first sweep, or before it.
  std::vector<std::string> keys[2];
  for (const bool early : {false, true}) {
    Watched run(1, sweeps_every_four());
    const CUdeviceptr data = run.driver.allocate(64), other = run.driver.allocate(64);
    const auto beside = [&] { as_thread("/t0", [&] { launch_on(run, other, 2); }); };
    if (early) beside();
    launch_on(run, data, 4);
    if (!early) beside();
    launch_on(run, data, 2);
    run.end();
    keys[early] = keys_of(run);
    ASSERT_EQ(keys[early].size(), 2u);
  }
  EXPECT_EQ(keys[false][0], "launches 1 to 4");
  EXPECT_TRUE(keys[true][0].starts_with("launches 1 to 4, in order ")) << keys[true][0];
  EXPECT_TRUE(keys[false][1].starts_with("launches 5 to 8, in order ")) << keys[false][1];
  EXPECT_NE(keys[false][1], keys[true][1]);
}

TEST(GpuSweeps, OneThreadThatIsNotTheFirstIsNamed) {
  for (const char* birth : {"", "/t0", "/t1"}) {
    Watched run(1, sweeps_every_four());
    as_thread(birth, [&] { launch_on(run, run.driver.allocate(64), 4); });
    run.end();
    ASSERT_EQ(keys_of(run).size(), 1u);
    EXPECT_EQ(keys_of(run)[0],
              *birth ? "launches 1 to 4, by thread " + std::string(birth) : "launches 1 to 4");
  }
}

TEST(GpuSweeps, MemoryThatAnotherThreadGivesBackIsPartOfTheOrder) {
  std::vector<std::string> keys[2];
  for (const bool early : {false, true}) {
    Watched run(1, sweeps_every_four());
    const CUdeviceptr data = run.driver.allocate(64), other = run.driver.allocate(64);
    launch_on(run, data, 2);
    if (early) as_thread("/t0", [&] { run.driver.free(other); });
    launch_on(run, data, 2);
    if (!early) as_thread("/t0", [&] { run.driver.free(other); });
    run.end();
    keys[early] = keys_of(run);
    ASSERT_EQ(keys[early].size(), 1u);
    EXPECT_EQ(run.sink.events[0].outputs.size(), early ? 1u : 2u);
  }
  EXPECT_NE(keys[false], keys[true]);
}

TEST(GpuSweeps, SweepsTakeOverWhereTheBudgetEnds) {
  GpuSettings settings = sweeps_every_four();
  settings.fine_to = UINT64_MAX;
  settings.fine_launches = 128;
  Watched run(1, settings);
  launch_on(run, run.driver.allocate(64), 136);
  run.end();
  ASSERT_EQ(run.sink.events.size(), 128u + 3);
  EXPECT_EQ(run.sink.seen_of["launches before sweeps took over"], 128u);
  EXPECT_EQ(run.sink.events[127].op, "add_one");
  EXPECT_EQ(run.sink.events[128].key, "launches 1 to 128");
  ASSERT_EQ(run.sink.events[128].inputs.size(), 1u);  // what came before were no sweeps
  EXPECT_FALSE(run.sink.events[128].inputs[0].sound);
  EXPECT_EQ(run.sink.events[130].key, "launches 133 to 136");
}

TEST(GpuSweeps, SweepsSeeWhatGraphsDo) {
  Watched run(1, sweeps_every_four());
  const CUdeviceptr data = run.driver.allocate(64);
  const CUstream stream = run.driver.create_stream();
  launch_on(run, data, 1);
  run.driver.begin_capture(stream);
  FakeKernel kernel = add_one(64);
  run.driver.launch(kernel, stream, packed(data, data));
  const CUgraphExec exec = run.driver.instantiate(run.driver.end_capture(stream));
  const uint64_t digested = run.device.jobs;
  for (int i = 0; i < 6; ++i) run.driver.launch_graph(exec, stream);
  run.end();
  EXPECT_EQ(run.device.jobs - digested, 2u);  // the sweeps': none in the graph
  ASSERT_EQ(run.sink.events.size(), 2u);
  EXPECT_EQ(run.sink.events[0].op, "sweep");
  EXPECT_EQ(run.sink.events[0].outputs[0].digest,
            kernels::digest(std::vector<unsigned char>(64, 3).data(), 64));
}

TEST(GpuSweeps, AStreamUsedLaterWaitsForTheLastSweep) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Watched run(seed, sweeps_every_four());
    const CUdeviceptr data = run.driver.allocate(64), other = run.driver.allocate(64);
    launch_on(run, data, 4);
    const CUstream fresh = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
    FakeKernel kernel = add_one(64);
    run.driver.launch(kernel, fresh, packed(other, other));
    run.end();
    ASSERT_GE(run.sink.events.size(), 1u);
    ASSERT_EQ(run.sink.events[0].outputs.size(), 2u);
    const std::vector<unsigned char> zeros(64, 0);
    EXPECT_EQ(run.sink.events[0].outputs[1].digest, kernels::digest(zeros.data(), 64))
        << "seed " << seed;
  }
}

TEST(GpuSweeps, MemoryFreedBetweenTwoSweepsIsCounted) {
  Watched run(1, sweeps_every_four());
  const CUdeviceptr kept = run.driver.allocate(64), freed = run.driver.allocate(64);
  launch_on(run, freed, 2);
  run.driver.free(freed);
  launch_on(run, kept, 2);
  run.driver.free(kept);  // swept by then
  run.end();
  EXPECT_EQ(run.sink.seen["allocations written and freed between two sweeps"], 1u);
}

TEST(GpuSweeps, MemoryThatChangesUnderNobodysHandIsCounted) {
  GpuSettings settings;
  settings.sweep_every = 2;
  Watched run(1, settings);
  const CUdeviceptr seen = run.driver.allocate(64), hidden = run.driver.allocate(64);
  FakeKernel kernel{
      "through_a_table", {{0, 8}}, {[=](const std::byte*) { ++*reinterpret_cast<char*>(hidden); }}};
  for (int i = 0; i < 6; ++i) run.driver.launch(kernel, nullptr, packed(seen));
  run.end();
  EXPECT_EQ(run.sink.seen["allocations changed by no work seen"], 2u);
}

}  // namespace
}  // namespace detaudit::instrument::cupti
