#include "instrument/cupti/gpu_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "instrument/cupti/call_structures.h"
#include "tests/unit/cupti/watched.h"

namespace detaudit::instrument::cupti {
namespace {

using testing::ElementsAre;

TEST(GpuRecorder, DigestsWhatALaunchReadAndWrote) {
  Watched run;
  const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
  const kernels::Digest zeros = digest_at(in, 64);
  FakeKernel kernel = add_one(64);
  run.driver.launch(kernel, nullptr, packed(in, out));
  run.end();
  ASSERT_EQ(run.sink.events.size(), 1u);
  const FakeSink::Event& event = run.sink.events[0];
  EXPECT_EQ(event.op, "add_one");
  EXPECT_EQ(event.lane, "gpu0.default");
  ASSERT_EQ(event.inputs.size(), 3u);  // the parameters, and both buffers
  EXPECT_STREQ(event.inputs[1].name, "parameter+0");
  EXPECT_EQ(event.inputs[1].digest, zeros);
  EXPECT_EQ(event.inputs[2].digest, zeros);
  EXPECT_EQ(event.outputs[0].digest, zeros);
  EXPECT_EQ(event.outputs[1].digest, digest_at(out, 64));
  EXPECT_NE(event.outputs[1].digest, zeros);
  EXPECT_TRUE(event.outputs[1].sound);
  EXPECT_EQ(run.sink.lost, 0u);
  EXPECT_EQ(run.sink.seen["kernel launches digested"], 1u);
}

// Counts the records that were given back.
class CountedRecords : public std::pmr::memory_resource {
 public:
  int freed = 0;

 private:
  void* do_allocate(size_t bytes, size_t alignment) override {
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* at, size_t bytes, size_t alignment) override {
    freed += bytes == sizeof(GpuRecord);
    std::pmr::new_delete_resource()->deallocate(at, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

TEST(GpuRecorder, WhatIsLeftOutStaysUntilItsCallEnds) {
  CountedRecords memory;
  FakeDriver driver;
  FakeDigestDevice device(driver, 64);
  FakeSink sink;
  FakeClock clock;
  const DriverTable table = driver.table();
  GpuSettings settings;
  settings.fine_to = 0;
  GpuRecorder recorder({table, device, sink, clock, &memory}, settings);
  FakeKernel kernel = add_one(64);
  std::vector<std::byte> bytes(16);
  void* parameters[] = {bytes.data(), bytes.data() + 8};
  const cuLaunchKernel_params launch{kernel.handle(), 1,          1,      1, 1, 1, 1, 0,
                                     nullptr,         parameters, nullptr};
  const DriverCall call{CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel, &launch, driver.context(),
                        CUDA_SUCCESS, "add_one"};
  recorder.before(call);
  recorder.drain();  // as the thread that drains does
  EXPECT_EQ(memory.freed, 0);
  recorder.after(call);
  recorder.drain();
  EXPECT_EQ(memory.freed, 1);
}

TEST(GpuRecorder, TheSameWorkOnOtherAddressesGivesTheSameEvents) {
  auto digests = [](size_t before) {
    Watched run;
    run.driver.allocate(before);
    const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
    FakeKernel kernel = add_one(64);
    run.driver.launch(kernel, nullptr, packed(in, out));
    run.end();
    std::vector<kernels::Digest> all;
    for (const GpuBuffer& buffer : run.sink.events.at(0).inputs) all.push_back(buffer.digest);
    return all;
  };
  EXPECT_EQ(digests(64), digests(70000));
}

TEST(GpuRecorder, TheLastDigestOfAnUnwrittenBufferIsUsedAgain) {
  Watched run;
  const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
  FakeKernel kernel = add_one(64);
  run.driver.launch(kernel, nullptr, packed(in, out));
  EXPECT_EQ(run.device.jobs, 4u);  // two before, two after
  run.driver.launch(kernel, nullptr, packed(out, in));
  EXPECT_EQ(run.device.jobs, 6u);  // two after
  run.driver.fill(in, 9, 16, nullptr);
  EXPECT_EQ(run.device.jobs, 7u);
  run.driver.launch(kernel, nullptr, packed(in, out));
  EXPECT_EQ(run.device.jobs, 10u);  // the filled one again, and two after
  run.end();
  EXPECT_EQ(run.sink.events.size(), 4u);
}

// A buffer that begins inside another's reach: what was written through the lower address counts.
TEST(GpuRecorder, AWriteBeyondTheNextBufferIsNotMissed) {
  Watched run;
  const CUdeviceptr base = run.driver.allocate(128);
  FakeKernel whole{"whole", {{0, 8}}, {[](const std::byte* p) {
                     std::memset(argument<char*>(p, 0), 7, 128);
                   }}};
  FakeKernel part{"part", {{0, 8}}, {[](const std::byte*) {}}};
  run.driver.launch(part, nullptr, packed(base + 64));
  run.driver.launch(whole, nullptr, packed(base));
  run.driver.launch(part, nullptr, packed(base + 64));
  run.end();
  ASSERT_EQ(run.sink.events.size(), 3u);
  EXPECT_EQ(run.sink.events[2].inputs[1].digest, digest_at(base + 64, 64));
  EXPECT_NE(run.sink.events[0].inputs[1].digest, run.sink.events[2].inputs[1].digest);
}

TEST(GpuRecorder, ManagedMemoryIsDigestedEachTime) {
  Watched run;
  const CUdeviceptr data = run.driver.allocate_managed(32);
  FakeKernel kernel{"k", {{0, 8}}, {[](const std::byte*) {}}};
  run.driver.launch(kernel, nullptr, packed(data));
  run.driver.synchronize();
  *reinterpret_cast<char*>(data) = 5;  // by the host
  run.driver.launch(kernel, nullptr, packed(data));
  run.end();
  EXPECT_NE(run.sink.events[0].outputs[0].digest, run.sink.events[1].inputs[1].digest);
}

TEST(GpuRecorder, ACopyFromTheHostHasTheHostsBytesAsInput) {
  Watched run;
  const CUdeviceptr data = run.driver.allocate(4);
  run.driver.copy_in(data, "abcd", 4, nullptr);
  run.end();
  ASSERT_EQ(run.sink.events.size(), 1u);
  EXPECT_EQ(run.sink.events[0].op, "memcpy_htod");
  EXPECT_EQ(run.sink.events[0].inputs[0].digest, kernels::digest("abcd", 4));
  EXPECT_EQ(run.sink.events[0].outputs[0].digest, kernels::digest("abcd", 4));
}

TEST(GpuRecorder, RacingWritesAreNotCalledSound) {
  unsigned unsound = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Watched run(seed);
    const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
    const CUstream a = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
    const CUstream b = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
    FakeKernel first = add_one(64), second = add_one(64);
    second.pieces.insert(second.pieces.begin(), [](const std::byte* p) {
      std::memset(argument<char*>(p, 8), 77, 64);
    });
    run.driver.launch(first, a, packed(in, out));
    run.driver.launch(second, b, packed(in, out));
    run.end();
    ASSERT_EQ(run.sink.events.size(), 2u);
    for (const FakeSink::Event& event : run.sink.events) {
      EXPECT_TRUE(event.inputs[1].sound);  // both only read it
      unsound += !event.outputs[1].sound;
    }
  }
  EXPECT_EQ(unsound, 80u);
}

TEST(GpuRecorder, EventsMakeThemSound) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Watched run(seed);
    const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
    const CUstream a = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
    const CUstream b = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
    const CUevent event = run.driver.create_event();
    FakeKernel kernel = add_one(64);
    run.driver.launch(kernel, a, packed(in, out));
    run.driver.record(event, a);
    run.driver.wait(b, event);
    run.driver.launch(kernel, b, packed(out, in));
    run.end();
    for (const FakeSink::Event& written : run.sink.events)
      for (const GpuBuffer& buffer : written.outputs) EXPECT_TRUE(buffer.sound);
  }
}

// Whatever streams, events, copies and waits a program makes: a digest called sound is that of the
// bytes which the work itself found, or left.
TEST(GpuRecorder, WhatIsCalledSoundIsTrue) {
  uint64_t sound = 0, all = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    std::mt19937_64 engine(seed);
    Watched run(seed, {}, 512);
    constexpr size_t kBytes = 96;
    std::vector<CUdeviceptr> buffers;
    for (int i = 0; i < 3; ++i) buffers.push_back(run.driver.allocate(kBytes));
    buffers.push_back(buffers[0] + 32);  // a part of another
    std::vector<CUstream> streams = {nullptr, run.driver.create_stream(),
                                     run.driver.create_stream(CU_STREAM_NON_BLOCKING),
                                     run.driver.create_stream(CU_STREAM_NON_BLOCKING)};
    std::vector<CUevent> events = {run.driver.create_event(), run.driver.create_event()};
    struct Truth {
      kernels::Digest in_before, out_before, in_after, out_after;
      bool torn = false;
    };
    std::deque<Truth> truths;
    std::deque<FakeKernel> kernels;
    struct Launched {
      CUdeviceptr in, out;
      size_t truth;
    };
    std::vector<Launched> launched;
    auto reach = [&](CUdeviceptr at) {
      return at == buffers[0] ? size_t{32} : at == buffers[3] ? size_t{64} : kBytes;
    };
    // Every start is known from the beginning, so that ranges do not change under the test.
    FakeKernel nothing{"nothing", {{0, 8}, {8, 8}}, {[](const std::byte*) {}}};
    run.driver.launch(nothing, nullptr, packed(buffers[0], buffers[3]));
    run.driver.synchronize();
    run.recorder.drain();
    run.sink.events.clear();
    for (int action = 0; action < 30; ++action) {
      const CUstream stream = streams[engine() % streams.size()];
      switch (engine() % 8) {
        case 0:
          run.driver.record(events[engine() % 2], stream);
          break;
        case 1:
          run.driver.wait(stream, events[engine() % 2]);
          break;
        case 2:
          if (engine() % 2) run.driver.synchronize(stream);
          break;
        case 3:
          run.driver.run_some(engine() % 6);
          run.recorder.drain();
          break;
        default: {
          const CUdeviceptr in = buffers[engine() % 4], out = buffers[engine() % 4];
          const bool writes = engine() % 3;
          const size_t truth = truths.size();
          truths.emplace_back();
          kernels.push_back(
              {"k",
               {{0, 8}, {8, 8}},
               {[&, in, out, truth](const std::byte*) {
                  truths[truth].in_before = digest_at(in, reach(in));
                  truths[truth].out_before = digest_at(out, reach(out));
                },
                [=](const std::byte* p) {
                  if (!writes) return;
                  auto* from = argument<const unsigned char*>(p, 0);
                  auto* to = argument<unsigned char*>(p, 8);
                  for (int i = 0; i < 32; ++i)
                    to[i] = static_cast<unsigned char>(to[i] * 3 + from[31 - i] + 1);
                },
                [&, in, out, truth](const std::byte*) {
                  truths[truth].in_after = digest_at(in, reach(in));
                  truths[truth].out_after = digest_at(out, reach(out));
                }}});
          run.driver.launch(kernels.back(), stream, packed(in, out));
          launched.push_back({in, out, truth});
        }
      }
    }
    run.end();
    ASSERT_EQ(run.sink.events.size(), launched.size()) << "seed " << seed;
    for (size_t i = 0; i < launched.size(); ++i) {
      const FakeSink::Event& event = run.sink.events[i];
      const Truth& truth = truths[launched[i].truth];
      const bool one = launched[i].in == launched[i].out;
      ASSERT_EQ(event.outputs.size(), one ? 1u : 2u);
      auto check = [&](const GpuBuffer& buffer, const kernels::Digest& expected) {
        ++all;
        sound += buffer.sound;
        if (!buffer.sound) return;
        EXPECT_EQ(buffer.digest, expected) << "seed " << seed << " launch " << i;
      };
      check(event.inputs[1], truth.in_before);
      check(event.outputs[0], truth.in_after);
      if (!one) {
        check(event.inputs[2], truth.out_before);
        check(event.outputs[1], truth.out_after);
      }
    }
  }
  EXPECT_GT(sound, all / 6);  // and it is not so by calling nothing sound
}

TEST(GpuRecorder, ACapturedGraphDigestsItselfAtEveryLaunch) {
  Watched run;
  const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
  const CUstream stream = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
  FakeKernel kernel = add_one(64);
  run.driver.begin_capture(stream);
  run.driver.launch(kernel, stream, packed(in, out));
  run.driver.launch(kernel, stream, packed(out, in));
  const CUgraph graph = run.driver.end_capture(stream);
  const CUgraphExec exec = run.driver.instantiate(graph);
  EXPECT_TRUE(run.sink.events.empty());
  std::vector<kernels::Digest> expected;
  for (int i = 0; i < 3; ++i) {
    run.driver.launch_graph(exec, stream);
    run.driver.synchronize(stream);
    expected.push_back(digest_at(in, 64));
  }
  run.end();
  ASSERT_EQ(run.sink.events.size(), 6u);
  for (int i = 0; i < 3; ++i) {
    const FakeSink::Event& last = run.sink.events[2 * i + 1];
    EXPECT_EQ(last.op, "add_one");
    EXPECT_EQ(last.outputs[1].digest, expected[i]);
    EXPECT_EQ(last.inputs[1].digest, run.sink.events[2 * i].outputs[1].digest);
  }
  EXPECT_NE(expected[0], expected[1]);
  EXPECT_EQ(run.sink.seen["graph launches digested"], 3u);
}

TEST(GpuRecorder, AGraphBuiltByHandIsOneEvent) {
  Watched run;
  const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
  FakeKernel kernel = add_one(64);
  const CUgraphExec exec = run.driver.instantiate(
      run.driver.build_graph({{&kernel, packed(in, out)}, {&kernel, packed(out, in)}}));
  run.driver.launch_graph(exec, nullptr);
  run.end();
  ASSERT_EQ(run.sink.events.size(), 1u);
  EXPECT_EQ(run.sink.events[0].op, "graph");
  EXPECT_EQ(run.sink.events[0].outputs.size(), 2u);
  EXPECT_EQ(run.sink.events[0].outputs[0].digest, digest_at(in, 64));
}

TEST(GpuRecorder, AGraphChangedNodeByNodeIsCountedAsUnseen) {
  Watched run;
  const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
  const CUstream stream = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
  FakeKernel kernel = add_one(64);
  run.driver.begin_capture(stream);
  run.driver.launch(kernel, stream, packed(in, out));
  const CUgraphExec exec = run.driver.instantiate(run.driver.end_capture(stream));
  run.driver.launch_graph(exec, stream);
  run.driver.change_node(exec);
  run.driver.launch_graph(exec, stream);
  run.driver.launch(kernel, stream, packed(out, in));
  run.end();
  ASSERT_EQ(run.sink.events.size(), 2u);
  EXPECT_EQ(run.sink.seen[seen_name(Seen::kGraphChanged)], 1u);
  // What the unseen launch wrote was digested anew.
  EXPECT_EQ(run.sink.events[1].inputs[1].digest, digest_at(out, 64));
}

TEST(GpuRecorder, AFailedLaunchLeavesNoEvent) {
  Watched run;
  const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
  FakeKernel kernel = add_one(64);
  run.driver.fail_next_launch(CUDA_ERROR_OUT_OF_MEMORY);
  EXPECT_EQ(run.driver.launch(kernel, nullptr, packed(in, out)), CUDA_ERROR_OUT_OF_MEMORY);
  run.driver.launch(kernel, nullptr, packed(in, out));
  run.end();
  EXPECT_EQ(run.sink.events.size(), 1u);
  EXPECT_EQ(run.sink.seen["launches that failed"], 1u);
  EXPECT_EQ(run.sink.lost, 0u);
}

TEST(GpuRecorder, ADeviceThatStandsStillHoldsNobodyUpForEver) {
  GpuSettings settings;
  settings.wait_ns = 50'000'000;
  Watched run(1, settings, 16);
  const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
  FakeKernel kernel = add_one(64);
  run.driver.stall(true);
  for (int i = 0; i < 20; ++i) run.driver.launch(kernel, nullptr, packed(in, out));
  run.recorder.finish();
  EXPECT_TRUE(run.sink.events.empty());
  EXPECT_GT(run.sink.seen["launches while no room was left for digests"], 0u);
  EXPECT_EQ(run.sink.lost, 20u) << "all of them: the trace is lossy";
}

TEST(GpuRecorder, MoreLaunchesThanSlotsAreAllWritten) {
  Watched run(1, {}, 16);
  const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
  FakeKernel kernel = add_one(64);
  for (int i = 0; i < 300; ++i) {
    run.driver.launch(kernel, nullptr, packed(i % 2 ? out : in, i % 2 ? in : out));
    if (i % 2) run.driver.run_some(100);
  }
  run.end();
  EXPECT_EQ(run.sink.events.size(), 300u);
  EXPECT_EQ(run.sink.lost, 0u);
}

TEST(GpuRecorder, ADestroyedContextLosesNothingThatWasDone) {
  Watched run;
  const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
  FakeKernel kernel = add_one(64);
  run.driver.launch(kernel, nullptr, packed(in, out));
  run.driver.destroy_context();
  run.recorder.finish();
  EXPECT_EQ(run.sink.events.size(), 1u);
  EXPECT_EQ(run.sink.lost, 0u);
}

TEST(GpuRecorder, AContextThatComesBackIsPreparedAnew) {
  Watched run;
  FakeKernel kernel = add_one(64);
  run.driver.launch(kernel, nullptr, packed(run.driver.allocate(64), run.driver.allocate(64)));
  run.driver.destroy_context();
  const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
  run.driver.launch(kernel, nullptr, packed(in, out));
  run.end();
  EXPECT_EQ(run.sink.events.size(), 2u);
  EXPECT_EQ(run.sink.seen["launches before the device could digest"], 0u);
}

TEST(GpuRecorder, AForkedChildIsLeftAlone) {
  Watched run;
  const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
  run.recorder.abandon();
  FakeKernel kernel = add_one(64);
  for (int i = 0; i < 2; ++i) run.driver.launch(kernel, nullptr, packed(in, out));
  run.driver.synchronize();
  EXPECT_TRUE(run.sink.events.empty());
  EXPECT_EQ(run.sink.seen["forked processes that used the driver"], 1u);
}

TEST(GpuRecorder, AWindowOfLaunches) {
  GpuSettings settings;
  settings.fine_from = 2;
  settings.fine_to = 4;
  Watched run(1, settings);
  const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
  FakeKernel kernel = add_one(64);
  for (int i = 0; i < 6; ++i)
    run.driver.launch(kernel, nullptr, packed(i % 2 ? out : in, i % 2 ? in : out));
  run.end();
  EXPECT_EQ(run.sink.events.size(), 2u);
  EXPECT_EQ(run.sink.seen["launches, copies and fills not digested one by one"], 4u);
}

TEST(GpuRecorder, IsToldOfSubscribedCallsOnly) {
  Watched run;
  run.driver.allocate(64);
  for (uint32_t id : run.driver.told_ids)
    EXPECT_THAT(observed_calls(), testing::Contains(id));
  EXPECT_GT(run.driver.told(), 0u);
}

TEST(GpuRecorder, WhatCannotDigestSaysWhy) {
  Watched run;
  run.device.why_not = "the digest kernel could not be loaded";
  const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
  FakeKernel kernel = add_one(64);
  run.driver.launch(kernel, nullptr, packed(in, out));
  run.end();
  EXPECT_TRUE(run.sink.events.empty());
  EXPECT_THAT(run.sink.reasons, ElementsAre("the digest kernel could not be loaded"));
  EXPECT_EQ(run.sink.seen["launches before the device could digest"], 1u);
}

TEST(GpuRecorder, ThousandsOfStreams) {
  Watched run;
  const CUdeviceptr data = run.driver.allocate(64);
  FakeKernel kernel{"k", {{0, 8}}, {[](const std::byte*) {}}};
  for (int i = 0; i < 2000; ++i) {
    const CUstream stream = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
    run.driver.launch(kernel, stream, packed(data));
    run.driver.destroy_stream(stream);
  }
  run.end();
  EXPECT_EQ(run.sink.events.size(), 2000u);
}

TEST(GpuRecorder, ParametersThatNobodyCanReadAreCounted) {
  Watched run;
  const CUdeviceptr data = run.driver.allocate(64);
  FakeKernel kernel = add_one(64), reader{"read", {{0, 8}}, {[](const std::byte*) {}}};
  run.driver.launch(reader, nullptr, packed(data));
  const uint64_t jobs = run.device.jobs;
  run.driver.other(CUPTI_DRIVER_TRACE_CBID_cuLaunch, cuLaunch_params{kernel.handle()});
  run.driver.launch(reader, nullptr, packed(data));
  EXPECT_EQ(run.device.jobs - jobs, 2u);  // it may have written what it was given
  run.end();
  EXPECT_EQ(run.sink.events.size(), 2u);
  EXPECT_EQ(run.sink.seen[seen_name(Seen::kUnreadableParameters)], 1u);
}

// Of a later CUDA: what it does is not known, that it was made is.
TEST(GpuRecorder, CallsThatAreNotKnownAreCountedAndMayHaveWritten) {
  for (const bool made : {false, true}) {
    Watched run;
    const uint32_t later[] = {kKnownCalls + 5};
    run.driver.start(run.recorder, later);
    const CUdeviceptr data = run.driver.allocate(64);
    FakeKernel reader{"read", {{0, 8}}, {[](const std::byte*) {}}};
    run.driver.launch(reader, nullptr, packed(data));
    run.driver.synchronize();
    if (made) run.driver.other(kKnownCalls + 5, int{});
    const uint64_t jobs = run.device.jobs;
    run.driver.launch(reader, nullptr, packed(data));
    EXPECT_EQ(run.device.jobs - jobs, made ? 2u : 1u);
    run.end();
    EXPECT_EQ(run.sink.seen[seen_name(Seen::kLaterCalls)], made ? 1u : 0u);
  }
}

// It says when that kernel is where it pleases, and no more what it said before.
TEST(GpuRecorder, AnEventThatAKernelRecordsOrdersNothing) {
  for (const bool by_kernel : {false, true}) {
    Watched run;
    const CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
    CUstream streams[3];
    for (CUstream& stream : streams) stream = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
    const CUevent event = run.driver.create_event();
    FakeKernel kernel = add_one(64), none{"none", {}, {[](const std::byte*) {}}};
    run.driver.launch(kernel, streams[0], packed(in, out));
    run.driver.record(event, streams[0]);
    CUlaunchAttribute attribute{};
    attribute.id = CU_LAUNCH_ATTRIBUTE_LAUNCH_COMPLETION_EVENT;
    attribute.value.launchCompletionEvent.event = event;
    CUlaunchConfig config{1, 1, 1, 1, 1, 1, 0, streams[1], &attribute, by_kernel ? 1u : 0u};
    run.driver.other(CUPTI_DRIVER_TRACE_CBID_cuLaunchKernelEx,
                     cuLaunchKernelEx_params{&config, none.handle(), nullptr, nullptr});
    run.driver.wait(streams[2], event);
    run.driver.launch(kernel, streams[2], packed(in, out));
    run.end();
    ASSERT_EQ(run.sink.events.size(), 3u);
    EXPECT_EQ(run.sink.events[0].outputs[1].sound, !by_kernel);
    EXPECT_EQ(run.sink.events[2].outputs[1].sound, !by_kernel);
  }
}

// A fixture each of how kernels are given memory, from the launch to the event.
struct GivenMemory : testing::Test {
  // The event of one launch, whose buffers are `in` and `out`.
  void expect_both(FakeKernel& kernel) {
    run.driver.launch(kernel, nullptr, parameters);
    run.end();
    ASSERT_EQ(run.sink.events.size(), 1u);
    ASSERT_EQ(run.sink.events[0].outputs.size(), 2u);
    EXPECT_EQ(run.sink.events[0].outputs[0].digest, digest_at(in, 64));
    EXPECT_EQ(run.sink.events[0].outputs[1].digest, digest_at(out, 64));
    EXPECT_NE(digest_at(in, 64), digest_at(out, 64));
  }
  void write_both() const {
    std::memset(reinterpret_cast<void*>(in), 1, 64);
    std::memset(reinterpret_cast<void*>(out), 2, 64);
  }
  FakeKernel taking(size_t bytes) {
    return {"k", {{0, bytes}}, {[this](const std::byte*) { write_both(); }}};
  }
  Watched run;
  CUdeviceptr in = run.driver.allocate(64), out = run.driver.allocate(64);
  std::vector<std::byte> parameters;
};

TEST_F(GivenMemory, InAStructure) {
  struct {
    int rows = 3;
    float scale = 0.5f;
    CUdeviceptr first;
    size_t stride = 7;
    CUdeviceptr second;
  } structure{.first = in, .second = out};
  parameters = packed(structure);
  FakeKernel kernel = taking(sizeof structure);
  expect_both(kernel);
}

TEST_F(GivenMemory, InAListOfTensors) {
  struct {
    CUdeviceptr addresses[4][110];
    int sizes[110];
  } list{};
  list.addresses[0][0] = in, list.addresses[3][109] = out;
  parameters = packed(list);
  FakeKernel kernel = taking(sizeof list);
  expect_both(kernel);
  EXPECT_STREQ(run.sink.events[0].outputs[1].name, "parameter+3512");
}

TEST_F(GivenMemory, ByTensorMaps) {
  alignas(64) CUtensorMap maps[2];
  run.driver.encode_map(&maps[0], in);
  run.driver.encode_map(&maps[1], out);
  parameters = packed(maps[0], maps[1]);
  FakeKernel kernel = taking(sizeof maps);
  expect_both(kernel);
}

TEST_F(GivenMemory, OfAKernelHandle) {
  FakeKernel kernel = add_one(64);
  kernel.is_kernel_handle = true;
  parameters = packed(in, out);
  expect_both(kernel);
}

TEST_F(GivenMemory, AsExtra) {
  FakeKernel kernel = taking(16);
  parameters = packed(in, out);
  run.driver.launch_extra(kernel, nullptr, parameters);
  run.end();
  ASSERT_EQ(run.sink.events.size(), 1u);
  ASSERT_EQ(run.sink.events[0].outputs.size(), 2u);
  EXPECT_EQ(run.sink.events[0].outputs[1].digest, digest_at(out, 64));
}

}  // namespace
}  // namespace detaudit::instrument::cupti
