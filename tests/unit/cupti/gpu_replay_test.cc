#include <gmock/gmock.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <future>
#include <iterator>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include "instrument/cupti/call_structures.h"
#include "tests/unit/cupti/watched.h"

namespace detaudit::instrument::cupti {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

GpuSettings replaying(uint32_t replays) {
  GpuSettings settings;
  settings.replays = replays;
  settings.replay_bytes = 1 << 16;
  return settings;
}

// out[0] += in[0], and a number that is drawn when it `varies`.
FakeKernel accumulate(bool varies, const char* name) {
  return {name, {{0, 8}, {8, 8}}, {[varies](const std::byte* p) {
            static std::mt19937_64 engine(1);
            auto* out = argument<uint64_t*>(p, 8);
            *out += *argument<const uint64_t*>(p, 0) + (varies ? engine() % 4 : 0);
          }}};
}

// Of the committed cubin: it has no variables.
constexpr const char* kKnown = "plain__none";

std::vector<std::byte> known_code() {
  std::ifstream file(DETAUDIT_CUBINS "/lines.90.cubin", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
  return {first, first + bytes.size()};
}

// One launch on 64 bytes set to 1, and what it left.
struct Launched {
  explicit Launched(bool varies, GpuSettings settings, const char* name = kKnown)
      : run(3, settings), kernel(accumulate(varies, name)) {
    run.recorder.loaded({1, code});
    run.driver.synchronize();  // the context is made ready
    in = run.driver.allocate(64);
    out = run.driver.allocate(64);
    run.driver.fill(in, 1, 64, nullptr);
    run.driver.fill(out, 1, 64, nullptr);
  }
  void launch() {
    run.driver.launch(kernel, nullptr, packed(in, out));
    run.end();
  }
  const FakeSink::Event& event() const { return run.sink.events.back(); }
  std::vector<std::byte> code = known_code();
  Watched run;
  FakeKernel kernel;
  CUdeviceptr in, out;
};

TEST(GpuReplay, AKernelThatVariesOnEqualInputsIsProvenToAndItsFirstResultStands) {
  Launched varied(true, replaying(40));
  varied.launch();
  ASSERT_EQ(varied.run.sink.replays.size(), 1u);
  const ReplayCounts& counts = varied.run.sink.replays[0];
  EXPECT_EQ(counts.executions, 41u);
  EXPECT_EQ(counts.distinct, 4u);  // all four, but for odds of 4 * 0.75^41 < 1e-4 under this seed
  EXPECT_GT(counts.unlike, 0u);
  EXPECT_EQ(counts.worst_output, 1u);
  EXPECT_EQ(digest_at(varied.out, 64), varied.event().outputs[1].digest);
}

TEST(GpuReplay, WhatAccumulatesIsPutBackBeforeEachExecution) {
  Launched steady(false, replaying(8));
  steady.launch();
  ASSERT_EQ(steady.run.sink.replays.size(), 1u);
  EXPECT_EQ(steady.run.sink.replays[0].executions, 9u);
  EXPECT_EQ(steady.run.sink.replays[0].distinct, 1u);
  EXPECT_EQ(steady.run.sink.replays[0].unlike, 0u);
  uint64_t sum;
  std::memcpy(&sum, reinterpret_cast<void*>(steady.out), sizeof sum);
  EXPECT_EQ(sum, 2 * 0x0101010101010101u);
  EXPECT_EQ(steady.run.sink.seen["kernel launches replayed"], 1u);
}

TEST(GpuReplay, EachShapeIsReplayedTwice) {
  Launched steady(false, replaying(2));
  for (int i = 0; i < 5; ++i)
    steady.run.driver.launch(steady.kernel, nullptr, packed(steady.in, steady.out));
  steady.run.end();
  EXPECT_EQ(steady.run.sink.replays.size(), 2u);
  EXPECT_EQ(steady.run.sink.seen["kernel launches digested"], 5u);
}

TEST(GpuReplay, OnlySuspectsAre) {
  GpuSettings settings = replaying(8);
  settings.suspect = [](const char* op) { return std::strcmp(op, "count__integer") == 0; };
  Launched plain(true, settings);
  plain.launch();
  EXPECT_THAT(plain.run.sink.replays, IsEmpty());
  Launched suspect(true, settings, "count__integer");
  suspect.launch();
  EXPECT_EQ(suspect.run.sink.replays.size(), 1u);
}

TEST(GpuReplay, WhatTheHostSeesIsNotReplayed) {
  Launched run(true, replaying(8));
  const CUdeviceptr managed = run.run.driver.allocate_managed(64);
  run.run.driver.launch(run.kernel, nullptr, packed(run.in, managed));
  run.run.end();
  EXPECT_THAT(run.run.sink.replays, IsEmpty());
  EXPECT_EQ(run.run.sink.seen[seen_name(Seen::kReplayHostVisible)], 1u);
  EXPECT_EQ(run.run.sink.seen_of[seen_name(Seen::kReplayHostVisible)], 1u);
}

TEST(GpuReplay, AKernelWhoseModuleMayKeepStateIsNotReplayed) {
  Launched unknown(true, replaying(8), "of_no_module");
  unknown.launch();
  EXPECT_THAT(unknown.run.sink.replays, IsEmpty());
  EXPECT_EQ(unknown.run.sink.seen[seen_name(Seen::kReplayVariables)], 1u);
}

TEST(GpuReplay, WhatDoesNotFitIsNotReplayed) {
  GpuSettings settings = replaying(8);
  settings.replay_bytes = 2 * 256;  // one of two buffers
  Launched run(true, settings);
  run.launch();
  EXPECT_THAT(run.run.sink.replays, IsEmpty());
  EXPECT_EQ(run.run.sink.seen[seen_name(Seen::kReplayNoRoom)], 1u);
}

TEST(GpuReplay, KernelsThatWaitForOthersAreNotReplayed) {
  Launched run(true, replaying(8), "ncclDevKernel_AllReduce");
  run.launch();
  EXPECT_THAT(run.run.sink.replays, IsEmpty());
  EXPECT_EQ(run.run.sink.seen[seen_name(Seen::kReplayNccl)], 1u);
}

TEST(GpuReplay, NothingIsReplayedBesideOtherWork) {
  for (const bool over : {false, true}) {
    GpuSettings settings = replaying(8);
    settings.suspect = [](const char* op) { return std::strcmp(op, kKnown) == 0; };
    Launched run(true, settings);
    FakeKernel beside = accumulate(false, "beside");
    const CUstream other = run.run.driver.create_stream(CU_STREAM_NON_BLOCKING);
    const CUdeviceptr elsewhere = run.run.driver.allocate(64);
    run.run.driver.launch(beside, other, packed(elsewhere, elsewhere));
    if (over) run.run.driver.synchronize(other);
    run.launch();
    EXPECT_EQ(run.run.sink.replays.size(), over ? 1u : 0u);
    EXPECT_EQ(run.run.sink.seen[seen_name(Seen::kReplayBeside)], over ? 0u : 1u);
  }
}

TEST(GpuReplay, OnlyWhatIsDigestedIsReplayed) {
  for (const uint64_t first : {0u, 2u, 9u}) {
    GpuSettings settings = replaying(4);
    settings.fine_from = first;
    settings.fine_to = 9;
    settings.sweep_every = 3;
    Launched run(true, settings);
    for (int i = 0; i < 5; ++i) run.run.driver.launch(run.kernel, nullptr, packed(run.in, run.out));
    run.run.end();
    const char* undigested = seen_name(Seen::kReplayUndigested);
    EXPECT_EQ(run.run.sink.replays.size(), first == 9 ? 0u : 2u);
    EXPECT_EQ(run.run.sink.seen[undigested], first == 9 ? 5u : first);
    EXPECT_EQ(run.run.sink.seen_of[undigested], first == 9 ? 5u : first);
  }
}

TEST(GpuReplay, SweepsFindWhatTheyFindWithoutReplays) {
  auto sweeps = [](uint32_t replays, uint64_t seed) {
    GpuSettings settings = replaying(replays);
    settings.sweep_every = 1;
    const std::vector<std::byte> code = known_code();
    Watched run(seed, settings);
    run.recorder.loaded({1, code});
    run.driver.synchronize();
    const CUdeviceptr a = run.driver.allocate(64), b = run.driver.allocate(64);
    FakeKernel kernel = accumulate(false, kKnown);
    const CUstream streams[] = {run.driver.create_stream(CU_STREAM_NON_BLOCKING),
                                run.driver.create_stream(CU_STREAM_NON_BLOCKING)};
    for (CUstream stream : streams) run.driver.fill(a, 1, 64, stream);
    run.driver.synchronize();
    for (int i = 0; i < 6; ++i) run.driver.launch(kernel, streams[i % 2], packed(a, b));
    run.end();
    EXPECT_EQ(run.sink.replays.size(), replays ? 2u : 0u);
    EXPECT_EQ(run.sink.seen["allocations changed by no work seen"], 0u);
    std::vector<kernels::Digest> found;
    for (const FakeSink::Event& event : run.sink.events)
      if (event.op == "sweep")
        for (const GpuBuffer& buffer : event.outputs) found.push_back(buffer.digest);
    return found;
  };
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto without = sweeps(0, seed);
    EXPECT_EQ(without.size(), 6u * 2);
    EXPECT_EQ(without, sweeps(4, seed)) << "seed " << seed;
  }
}

// Outside the window nothing but the host or a sweep tells that work is over.
TEST(GpuReplay, NothingIsReplayedBesideWorkThatIsNotDigested) {
  enum class Over { kNot, kWaitedFor, kSwept };
  for (const Over over : {Over::kNot, Over::kWaitedFor, Over::kSwept}) {
    GpuSettings settings = replaying(8);
    settings.fine_from = 1;
    if (over == Over::kSwept) settings.sweep_every = 1;
    Launched run(true, settings, kKnown);
    FakeKernel beside = accumulate(false, "beside");
    const CUstream other = run.run.driver.create_stream(CU_STREAM_NON_BLOCKING);
    const CUdeviceptr elsewhere = run.run.driver.allocate(64);
    run.run.driver.synchronize();
    run.run.driver.launch(beside, other, packed(elsewhere, elsewhere));
    if (over == Over::kWaitedFor) run.run.driver.synchronize(other);
    run.launch();
    EXPECT_EQ(run.run.sink.replays.size(), over == Over::kNot ? 0u : 1u);
    EXPECT_EQ(run.run.sink.seen[seen_name(Seen::kReplayBeside)], over == Over::kNot ? 1u : 0u);
  }
}

TEST(GpuReplay, AnotherThreadsWorkWaitsForTheReplayToEnd) {
  Launched run(false, replaying(2));
  auto bytes = packed(run.in, run.out);
  void* parameters[] = {bytes.data(), bytes.data() + 8};
  FakeKernel beside = accumulate(false, "beside");
  const cuLaunchKernel_params launch{beside.handle(), 1,          1,      1, 1, 1, 1, 0,
                                     nullptr,         parameters, nullptr};
  DriverCall call{CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel, &launch, run.run.driver.context(),
                  CUDA_ERROR_UNKNOWN, "beside"};
  std::promise<void> settled;  // the other thread's call began, or waits to
  std::once_flag once;
  std::atomic<bool> began{false};
  bool began_early = false;
  int executions = 0;
  std::thread other;
  run.run.clock.meanwhile = [&] {
    std::call_once(once, [&] { settled.set_value(); });
    std::this_thread::yield();
  };
  FakeKernel kernel{kKnown, {{0, 8}, {8, 8}}, {[&](const std::byte*) {
                      if (++executions != 2) return;
                      other = std::thread([&] {
                        run.run.recorder.before(call);
                        began = true;
                        std::call_once(once, [&] { settled.set_value(); });
                        run.run.recorder.after(call);
                      });
                      settled.get_future().wait();
                      began_early = began;
                    }}};
  run.run.driver.launch(kernel, nullptr, packed(run.in, run.out));
  ASSERT_TRUE(other.joinable());
  other.join();
  EXPECT_FALSE(began_early);
  EXPECT_TRUE(began);
  EXPECT_EQ(executions, 3);
  EXPECT_EQ(run.run.sink.replays.size(), 0u);  // not drained yet
  run.run.clock.meanwhile = nullptr;
  run.run.recorder.finish();
  EXPECT_EQ(run.run.sink.replays.size(), 1u);
}

TEST(GpuReplay, WhatACaptureHoldsIsNotReplayed) {
  Launched run(true, replaying(8));
  const CUstream stream = run.run.driver.create_stream();
  run.run.driver.begin_capture(stream);
  run.run.driver.launch(run.kernel, stream, packed(run.in, run.out));
  const CUgraph graph = run.run.driver.end_capture(stream);
  run.run.driver.launch_graph(run.run.driver.instantiate(graph), stream);
  run.run.end();
  EXPECT_THAT(run.run.sink.replays, IsEmpty());
  EXPECT_EQ(run.run.sink.seen[seen_name(Seen::kReplayInGraph)], 1u);
}

TEST(GpuReplay, AReplayThatFailsLeavesTheSubjectsResultAndSaysSo) {
  Launched run(false, replaying(8));
  run.run.driver.fail_launch_after(2, CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
  run.launch();
  EXPECT_EQ(run.run.sink.seen[seen_name(Seen::kReplayFailed)], 1u);
  uint64_t sum;
  std::memcpy(&sum, reinterpret_cast<void*>(run.out), sizeof sum);
  EXPECT_EQ(sum, 2 * 0x0101010101010101u);
}

}  // namespace
}  // namespace detaudit::instrument::cupti
