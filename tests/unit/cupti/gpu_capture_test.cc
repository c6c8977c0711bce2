#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <random>

#include "instrument/cupti/call_structures.h"
#include "tests/unit/cupti/watched.h"

// Captures that spread over several streams: what of a graph may run at once is compared as such.
namespace detaudit::instrument::cupti {
namespace {

constexpr size_t kBytes = 32;

struct Truth {
  CUdeviceptr in, out;
  kernels::Digest in_before, out_before, in_after, out_after;
};

// Notes what it finds and leaves, each in a piece of its own.
FakeKernel noting(Truth& truth, bool writes) {
  const auto in_before = [&truth](const std::byte*) {
    truth.in_before = digest_at(truth.in, kBytes);
    truth.out_before = digest_at(truth.out, kBytes);
  };
  const auto work = [writes](const std::byte* p) {
    if (!writes) return;
    auto* from = argument<const unsigned char*>(p, 0);
    auto* to = argument<unsigned char*>(p, 8);
    for (size_t i = 0; i < kBytes; ++i)
      to[i] = static_cast<unsigned char>(to[i] * 3 + from[kBytes - 1 - i] + 1);
  };
  const auto after = [&truth](const std::byte*) {
    truth.in_after = digest_at(truth.in, kBytes);
    truth.out_after = digest_at(truth.out, kBytes);
  };
  return {"k", {{0, 8}, {8, 8}}, {in_before, work, after}};
}

TEST(GpuCaptures, WhatIsCalledSoundIsWhatTheWorkFoundAndLeft) {
  size_t all = 0, sound = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Watched run(seed);
    std::mt19937_64 engine(seed * 77 + 5);
    std::vector<CUdeviceptr> buffers;
    for (int i = 0; i < 4; ++i) buffers.push_back(run.driver.allocate(kBytes));
    std::vector<CUstream> streams;
    for (int i = 0; i < 3; ++i) streams.push_back(run.driver.create_stream(CU_STREAM_NON_BLOCKING));
    std::vector<CUevent> events = {run.driver.create_event(), run.driver.create_event()};
    std::deque<Truth> truths;
    std::deque<FakeKernel> kernels;
    run.driver.begin_capture(streams[0]);
    run.driver.record(events[0], streams[0]);
    run.driver.record(events[1], streams[0]);
    for (int i = 1; i < 3; ++i) run.driver.wait(streams[i], events[0]);
    for (int action = 0; action < 16; ++action) {
      const CUstream stream = streams[engine() % 3];
      switch (engine() % 4) {
        case 0:
          run.driver.record(events[engine() % 2], stream);
          break;
        case 1:
          run.driver.wait(stream, events[engine() % 2]);
          break;
        default:
          truths.push_back({buffers[engine() % 4], buffers[engine() % 4], {}, {}, {}, {}});
          kernels.push_back(noting(truths.back(), engine() % 4));
          run.driver.launch(kernels.back(), stream, packed(truths.back().in, truths.back().out));
      }
    }
    const CUgraphExec exec = run.driver.instantiate(run.driver.end_capture(streams[0]));
    for (int turn = 0; turn < 2; ++turn) {
      const size_t before = run.sink.events.size();
      run.driver.launch_graph(exec, streams[0]);
      run.driver.synchronize();
      run.recorder.drain();
      ASSERT_EQ(run.sink.events.size() - before, truths.size()) << "seed " << seed;
      for (size_t i = 0; i < truths.size(); ++i) {
        const FakeSink::Event& event = run.sink.events[before + i];
        const Truth& truth = truths[i];
        const auto check = [&](const GpuBuffer& buffer, const kernels::Digest& expected) {
          ++all;
          sound += buffer.sound;
          if (buffer.sound) {
            EXPECT_EQ(buffer.digest, expected) << "seed " << seed << " launch " << i;
          }
        };
        check(event.inputs[1], truth.in_before);
        check(event.outputs[0], truth.in_after);
        if (truth.in == truth.out) continue;
        check(event.inputs[2], truth.out_before);
        check(event.outputs[1], truth.out_after);
      }
    }
    run.end();
  }
  EXPECT_GT(sound, all / 4);  // and it is not so by calling nothing sound
  EXPECT_LT(sound, all);
}

// Two launches of a capture on one buffer: on two streams, or one behind the other.
size_t unsound(
    const std::function<void(Watched&, CUstream, CUstream, FakeKernel&, CUdeviceptr)>& capture) {
  Watched run;
  const CUdeviceptr data = run.driver.allocate(64);
  const CUstream first = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
  const CUstream second = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
  FakeKernel kernel = add_one(64);
  run.driver.begin_capture(first);
  const CUevent fork = run.driver.create_event();
  run.driver.record(fork, first);
  run.driver.wait(second, fork);
  capture(run, first, second, kernel, data);
  const CUgraphExec exec = run.driver.instantiate(run.driver.end_capture(first));
  run.driver.launch_graph(exec, first);
  run.end();
  EXPECT_EQ(run.sink.events.size(), 2u);
  size_t count = 0;
  for (const FakeSink::Event& event : run.sink.events) count += !event.outputs[0].sound;
  return count;
}

TEST(GpuCaptures, EventsOrderWhatStreamsCapture) {
  EXPECT_EQ(
      unsound([](Watched& run, CUstream first, CUstream second, FakeKernel& k, CUdeviceptr to) {
        run.driver.launch(k, first, packed(to, to));
        run.driver.launch(k, second, packed(to, to));
      }),
      2u);
  EXPECT_EQ(
      unsound([](Watched& run, CUstream first, CUstream second, FakeKernel& k, CUdeviceptr to) {
        run.driver.launch(k, first, packed(to, to));
        const CUevent event = run.driver.create_event();
        run.driver.record(event, first);
        run.driver.wait(second, event);
        run.driver.launch(k, second, packed(to, to));
      }),
      0u);
  // What the host waits for orders nothing of it.
  EXPECT_EQ(
      unsound([](Watched& run, CUstream first, CUstream second, FakeKernel& k, CUdeviceptr to) {
        run.driver.launch(k, first, packed(to, to));
        run.driver.synchronize();
        run.driver.launch(k, second, packed(to, to));
      }),
      2u);
}

TEST(GpuCaptures, DependenciesSetByHandLeaveTheOrderUnknown) {
  EXPECT_EQ(unsound([](Watched& run, CUstream first, CUstream, FakeKernel& k, CUdeviceptr to) {
              run.driver.launch(k, first, packed(to, to));
              cuStreamUpdateCaptureDependencies_v2_params set{};
              set.hStream = first;
              run.driver.other(CUPTI_DRIVER_TRACE_CBID_cuStreamUpdateCaptureDependencies_v2, set);
              run.driver.launch(k, first, packed(to, to));
            }),
            2u);
}

TEST(GpuCaptures, WorkThatWasNotSeenMayRunBesideWhatWas) {
  EXPECT_EQ(
      unsound([](Watched& run, CUstream first, CUstream second, FakeKernel& k, CUdeviceptr to) {
        run.driver.launch(k, first, packed(to, to));
        cuGraphLaunch_params child{};  // a graph in a graph
        child.hStream = second;
        run.driver.other(CUPTI_DRIVER_TRACE_CBID_cuGraphLaunch, child);
        const CUevent event = run.driver.create_event();
        run.driver.record(event, second);
        run.driver.wait(first, event);
        run.driver.launch(k, first, packed(to, to));
      }),
      1u);  // the first; the second is behind it
}

}  // namespace
}  // namespace detaudit::instrument::cupti
