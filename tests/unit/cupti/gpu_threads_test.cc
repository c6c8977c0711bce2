#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>
#include <utility>

#include "instrument/cupti/call_structures.h"
#include "tests/unit/cupti/watched.h"

// Several threads that give work to one device: which comes first is by chance, and no divergence.
namespace detaudit::instrument::cupti {
namespace {

using testing::ElementsAre;

std::vector<std::string> lanes_of(const Watched& run) {
  std::vector<std::string> lanes;
  for (const FakeSink::Event& event : run.sink.events) lanes.push_back(event.lane);
  return lanes;
}

// One launch, as the driver would tell of it.
struct ToldLaunch {
  ToldLaunch(Watched& run, FakeKernel& kernel, CUdeviceptr in, CUdeviceptr out)
      : bytes(packed(in, out)),
        parameters{bytes.data(), bytes.data() + 8},
        launch{kernel.handle(), 1, 1, 1, 1, 1, 1, 0, nullptr, parameters, nullptr},
        call{CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel, &launch, run.driver.context(), CUDA_SUCCESS,
             kernel.name.c_str()} {}
  std::vector<std::byte> bytes;
  void* parameters[2];
  cuLaunchKernel_params launch;
  DriverCall call;
};

TEST(GpuThreads, EventsOfOneStreamAreKeptApartByThread) {
  for (const bool swapped : {false, true}) {
    Watched run;
    const CUdeviceptr data = run.driver.allocate(64), other = run.driver.allocate(64);
    FakeKernel kernel = add_one(64);
    const auto launch = [&](CUdeviceptr to) { run.driver.launch(kernel, nullptr, packed(to, to)); };
    const auto beside = [&] { as_thread("/t0", [&] { launch(other); }); };
    if (swapped) beside();
    launch(data);
    if (!swapped) beside();
    run.end();
    if (swapped)
      EXPECT_THAT(lanes_of(run), ElementsAre("gpu0.default/t0", "gpu0.default"));
    else
      EXPECT_THAT(lanes_of(run), ElementsAre("gpu0.default", "gpu0.default/t0"));
  }
}

TEST(GpuThreads, StreamsAreNumberedByTheThreadThatUsedThemFirst) {
  Watched run;
  const CUdeviceptr data = run.driver.allocate(64);
  FakeKernel kernel = add_one(64);
  const CUstream ours = run.driver.create_stream(), theirs = run.driver.create_stream();
  const auto launch = [&](CUstream on) { run.driver.launch(kernel, on, packed(data, data)); };
  as_thread("/t1", [&] { launch(theirs); });
  launch(ours);
  launch(theirs);
  as_thread("/t1", [&] { launch(ours); });
  run.end();
  EXPECT_THAT(lanes_of(run),
              ElementsAre("gpu0.s0@/t1/t1", "gpu0.s0", "gpu0.s0@/t1/first", "gpu0.s0/t1"));
}

TEST(GpuThreads, ALaunchWaitsUntilAnotherThreadPreparedTheContext) {
  Watched run;
  FakeKernel kernel = add_one(64);
  std::thread other;
  std::promise<void> waits;
  bool told = false;
  run.clock.meanwhile = [&] {
    if (!std::exchange(told, true)) waits.set_value();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // time passes by 20 us a call else
  };
  run.device.preparing = [&] {  // by the first allocation
    other = std::thread([&] {
      FakeSink::birth = "/t0";
      const CUdeviceptr nowhere = 0;
      ToldLaunch launch(run, kernel, nowhere, nowhere);
      run.recorder.before(launch.call);
      run.recorder.after(launch.call);
    });
    waits.get_future().wait();
  };
  run.driver.allocate(64);
  other.join();
  run.end();
  EXPECT_EQ(run.sink.seen["launches before the device could digest"], 0u);
  EXPECT_EQ(run.sink.seen["kernel launches digested"], 1u);
  EXPECT_EQ(run.sink.lost, 0u);
}

// Two buffers in one block, as a caching allocator hands them out: where the first one ends depends
// on whether the second was seen.
TEST(GpuThreads, BuffersThatEndByChanceAreComparedWithNothing) {
  for (const bool raced : {false, true}) {
    Watched run;
    const CUdeviceptr block = run.driver.allocate(128), alone = run.driver.allocate(64);
    FakeKernel kernel = add_one(64);
    ToldLaunch under_way(run, kernel, alone, alone);
    if (raced) {
      std::promise<void> begun, end;
      std::thread other([&] {
        FakeSink::birth = "/t0";
        run.recorder.before(under_way.call);
        begun.set_value();
        end.get_future().wait();
        under_way.call.result = CUDA_ERROR_UNKNOWN;
        run.recorder.after(under_way.call);
      });
      begun.get_future().wait();
      run.driver.launch(kernel, nullptr, packed(block, block));
      end.set_value();
      other.join();
    } else {
      run.driver.launch(kernel, nullptr, packed(block, block));
    }
    as_thread("/t0", [&] { run.driver.launch(kernel, nullptr, packed(block + 64, block + 64)); });
    run.driver.launch(kernel, nullptr, packed(block, block));
    run.driver.launch(kernel, nullptr, packed(alone, alone));
    run.end();
    ASSERT_EQ(run.sink.events.size(), 4u);
    EXPECT_EQ(run.sink.events[2].outputs[0].bytes, 64u);
    EXPECT_EQ(run.sink.events[2].outputs[0].sound, !raced);
    EXPECT_TRUE(run.sink.events[1].outputs[0].sound);  // nobody's begins behind it
    EXPECT_TRUE(run.sink.events[3].outputs[0].sound);
  }
}

}  // namespace
}  // namespace detaudit::instrument::cupti
