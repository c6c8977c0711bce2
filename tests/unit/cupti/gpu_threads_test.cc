#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
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

// A thread of the subject that lives on.
class Lasting {
 public:
  explicit Lasting(const char* birth)
      : thread_([this, birth] {
          FakeSink::birth = birth;
          for (std::function<void()> work; (work = next());) {
            work();
            done_.set_value();
          }
        }) {}
  ~Lasting() {
    give(nullptr);
    thread_.join();
  }
  void operator()(std::function<void()> work) {
    done_ = {};
    auto done = done_.get_future();
    give(std::move(work));
    done.wait();
  }

 private:
  void give(std::function<void()> work) {
    std::lock_guard lock(lock_);
    work_ = std::move(work);
    given_ = true;
    changed_.notify_one();
  }
  std::function<void()> next() {
    std::unique_lock lock(lock_);
    changed_.wait(lock, [&] { return given_; });
    given_ = false;
    return std::move(work_);
  }
  std::mutex lock_;
  std::condition_variable changed_;
  std::function<void()> work_;
  bool given_ = false;
  std::promise<void> done_;
  std::thread thread_;
};

// Threads that take turns, each with a default stream of its own, which only it can name.
TEST(GpuThreads, SweepsWaitForStreamsThatOnlyTheirThreadsCanName) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    GpuSettings settings;
    settings.fine_to = 0;
    settings.sweep_every = 4;
    Watched run(seed, settings);
    run.clock.meanwhile = [&] { run.driver.run_some(10); };
    const CUdeviceptr data[] = {run.driver.allocate(64), run.driver.allocate(64)};
    FakeKernel kernel = add_one(64);
    const CUevent event = run.driver.create_event();
    Lasting other("/t0");
    const auto launch = [&](int which) {
      run.driver.launch(kernel, CU_STREAM_PER_THREAD, packed(data[which], data[which]));
    };
    for (int i = 0; i < 8; ++i) {
      launch(0);
      other([&] {
        launch(1);
        if (i % 2) run.driver.record(event, CU_STREAM_PER_THREAD);
      });
    }
    run.end();
    ASSERT_EQ(run.sink.events.size(), 4u);
    for (int sweep = 0; sweep < 4; ++sweep) {
      const std::vector<unsigned char> bytes(64, static_cast<unsigned char>(2 * (sweep + 1)));
      ASSERT_EQ(run.sink.events[sweep].outputs.size(), 2u);
      for (const GpuBuffer& buffer : run.sink.events[sweep].outputs) {
        EXPECT_TRUE(buffer.sound);
        EXPECT_EQ(buffer.digest, kernels::digest(bytes.data(), 64)) << "seed " << seed;
      }
    }
    EXPECT_EQ(run.sink.seen[seen_name(Seen::kRacedSweeps)], 0u);
  }
}

// What a thread gave to its stream before it could tell of it.
TEST(GpuThreads, SweepsOfStreamsThatTheirThreadsCouldNotTellOfAreComparedWithNothing) {
  GpuSettings settings;
  settings.fine_to = 0;
  settings.sweep_every = 2;
  Watched run(1, settings);
  const CUdeviceptr data = run.driver.allocate(64);
  FakeKernel kernel = add_one(64);
  const auto launch = [&] { run.driver.launch(kernel, CU_STREAM_PER_THREAD, packed(data, data)); };
  auto record = run.table.cuEventRecord;
  run.table.cuEventRecord = [](CUevent, CUstream) { return CUDA_ERROR_UNKNOWN; };
  as_thread("/t0", launch);
  run.table.cuEventRecord = record;
  launch();
  run.end();
  ASSERT_EQ(run.sink.events.size(), 1u);
  EXPECT_FALSE(run.sink.events[0].outputs[0].sound);
  EXPECT_EQ(run.sink.seen[seen_name(Seen::kRacedSweeps)], 1u);
}

}  // namespace
}  // namespace detaudit::instrument::cupti
