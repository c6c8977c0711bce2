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

// Memory that a graph gives is there while it runs: nobody else may read it.
TEST(GpuCaptures, MemoryAllocatedInACaptureIsNeverRead) {
  for (const bool by_hand : {false, true}) {
    GpuSettings settings;
    settings.sweep_every = 1;
    Watched run(1, settings);
    const CUdeviceptr data = run.driver.allocate(64);
    const CUstream stream = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
    FakeKernel kernel{"k", {{0, 8}, {8, 8}}, {[](const std::byte*) {}}};
    run.driver.begin_capture(stream);
    CUdeviceptr given = 0x20000;  // reading it ends the test
    if (by_hand) {
      CUDA_MEM_ALLOC_NODE_PARAMS made{};
      made.bytesize = 64, made.dptr = given;
      cuGraphAddMemAllocNode_params add{};
      add.nodeParams = &made;
      run.driver.other(CUPTI_DRIVER_TRACE_CBID_cuGraphAddMemAllocNode, add);
    } else {
      given = run.driver.allocate_async(64, stream);
    }
    run.driver.launch(kernel, stream, packed(data, given));
    run.driver.free_async(given, stream);
    const CUgraphExec exec = run.driver.instantiate(run.driver.end_capture(stream));
    for (int i = 0; i < 2; ++i) run.driver.launch_graph(exec, stream);
    run.end();
    size_t launches = 0;
    for (const FakeSink::Event& event : run.sink.events) {
      EXPECT_EQ(event.outputs.size(), 1u) << event.op;
      launches += event.op == "k";
    }
    EXPECT_EQ(launches, 2u);
    EXPECT_EQ(run.recorder.coverage().of(Seen::kUnreadBuffers), 1u);
  }
}

// What a captured free names is gone when the graph runs, so whoever reads it before must not go
// on.
TEST(GpuCaptures, MemoryThatAGraphFreesIsNotSwept) {
  GpuSettings settings;
  settings.fine_to = 0;
  settings.sweep_every = 1;
  Watched run(1, settings);
  const CUdeviceptr kept = run.driver.allocate(64);
  const CUstream stream = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
  const CUdeviceptr freed = run.driver.allocate_async(64, stream);
  FakeKernel kernel = add_one(64);
  run.driver.launch(kernel, stream, packed(kept, kept));
  run.driver.begin_capture(stream);
  run.driver.free_async(freed, stream);
  run.driver.end_capture(stream);
  run.driver.launch(kernel, stream, packed(kept, kept));
  run.end();
  ASSERT_EQ(run.sink.events.size(), 2u);
  EXPECT_EQ(run.sink.events[0].outputs.size(), 2u);
  EXPECT_EQ(run.sink.events[1].outputs.size(), 1u);
}

// A graph is put into another where both have the same nodes: before and behind the change to
// sweeps.
TEST(GpuCaptures, GraphsCapturedBeforeAndBehindTheChangeToSweepsFitOneAnother) {
  GpuSettings settings;
  settings.fine_launches = 64;
  settings.sweep_every = 64;
  Watched run(1, settings);
  run.clock.meanwhile = [&] { run.driver.run_some(10); };
  const CUdeviceptr data = run.driver.allocate(64);
  const CUstream stream = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
  FakeKernel kernel = add_one(64);
  const auto captured = [&] {
    run.driver.begin_capture(stream);
    run.driver.launch(kernel, stream, packed(data, data));
    return run.driver.end_capture(stream);
  };
  const CUgraphExec exec = run.driver.instantiate(captured());
  for (int i = 0; i < 200; ++i) run.driver.launch(kernel, stream, packed(data, data));
  ASSERT_GT(run.sink.seen_of["launches before sweeps took over"], 0u);
  EXPECT_EQ(run.driver.update(exec, captured()), CUDA_SUCCESS);
  run.driver.launch_graph(exec, stream);
  run.end();
  EXPECT_EQ(run.sink.lost, 0u);
}

TEST(GpuCaptures, AnUpdatedGraphIsDigestedAsTheNewOne) {
  Watched run;
  const CUdeviceptr first = run.driver.allocate(64), second = run.driver.allocate(64);
  const CUstream stream = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
  FakeKernel kernel = add_one(64), other = add_one(64);
  other.name = "another";
  const auto captured = [&](FakeKernel& which, CUdeviceptr to) {
    run.driver.begin_capture(stream);
    run.driver.launch(which, stream, packed(to, to));
    return run.driver.end_capture(stream);
  };
  const CUgraphExec exec = run.driver.instantiate(captured(kernel, first));
  run.driver.launch_graph(exec, stream);
  ASSERT_EQ(run.driver.update(exec, captured(other, second)), CUDA_SUCCESS);
  run.driver.launch_graph(exec, stream);
  run.end();
  ASSERT_EQ(run.sink.events.size(), 2u);
  EXPECT_EQ(run.sink.events[0].op, "add_one");
  EXPECT_EQ(run.sink.events[0].outputs[0].digest, digest_at(first, 64));
  EXPECT_EQ(run.sink.events[1].op, "another");
  EXPECT_EQ(run.sink.events[1].outputs[0].digest, digest_at(second, 64));
}

// A graph of one launch, whose ring has room for three launches of it.
struct Crowded {
  explicit Crowded(GpuSettings settings = {}) : run(1, settings) {
    run.device.graph_room = 12;
    data = run.driver.allocate(64);
    const CUdeviceptr in = run.driver.allocate(64);
    stream = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
    run.driver.begin_capture(stream);
    run.driver.launch(kernel, stream, packed(in, data));
    exec = run.driver.instantiate(run.driver.end_capture(stream));
  }
  Watched run;
  FakeKernel kernel = add_one(64);
  CUdeviceptr data;
  CUstream stream;
  CUgraphExec exec;
};

TEST(GpuCaptures, GraphsLaunchedAheadOfTheDeviceWaitForRoom) {
  Crowded crowded;
  Watched& run = crowded.run;
  run.clock.meanwhile = [&] { run.driver.run_some(1); };  // slowly, but it goes on
  for (int i = 0; i < 50; ++i) run.driver.launch_graph(crowded.exec, crowded.stream);
  run.end();
  EXPECT_EQ(run.sink.events.size(), 50u);
  EXPECT_EQ(run.sink.lost, 0u);
  EXPECT_EQ(run.sink.seen["graph launches digested"], 50u);
}

// Which run a digest is of is not known any more: none is told of another's.
TEST(GpuCaptures, GraphsThatRanOverTheirRoomAreDigestedNoMore) {
  GpuSettings settings;
  settings.wait_ns = 1'000'000;
  Crowded crowded(settings);
  Watched& run = crowded.run;
  run.driver.stall(true);
  for (int i = 0; i < 4; ++i) run.driver.launch_graph(crowded.exec, crowded.stream);
  run.driver.stall(false);
  run.driver.synchronize();
  run.recorder.drain();
  run.driver.launch_graph(crowded.exec, crowded.stream);
  run.end();
  for (const FakeSink::Event& event : run.sink.events)
    for (const GpuBuffer& buffer : event.outputs) EXPECT_FALSE(buffer.sound);
  EXPECT_GT(run.sink.lost, 0u);
  EXPECT_EQ(run.sink.seen[seen_name(Seen::kNoRoom)], 2u);  // the fourth, and the last
}

// Not digested, its digests come all the same.
TEST(GpuCaptures, GraphsOutsideTheWindowTakeTheirRoomToo) {
  GpuSettings settings;
  settings.fine_from = 40;
  Crowded crowded(settings);
  Watched& run = crowded.run;
  run.clock.meanwhile = [&] { run.driver.run_some(1); };
  for (int i = 0; i < 42; ++i) run.driver.launch_graph(crowded.exec, crowded.stream);
  run.end();
  ASSERT_EQ(run.sink.events.size(), 3u);  // a launch's number counts when it is given
  EXPECT_EQ(run.sink.events[2].outputs[1].digest, digest_at(crowded.data, 64));
  EXPECT_TRUE(run.sink.events[2].outputs[1].sound);
  EXPECT_EQ(run.sink.lost, 0u);
}

TEST(GpuCaptures, GraphLaunchesThatFailTakeNoRoom) {
  Crowded crowded;
  Watched& run = crowded.run;
  for (int i = 0; i < 3000; ++i) {  // 4096 cells
    run.driver.fail_next_launch(CUDA_ERROR_LAUNCH_FAILED);
    run.driver.launch_graph(crowded.exec, crowded.stream);
    run.recorder.drain();
  }
  run.driver.launch_graph(crowded.exec, crowded.stream);
  run.end();
  ASSERT_EQ(run.sink.events.size(), 1u);
  EXPECT_EQ(run.sink.events[0].outputs[1].digest, digest_at(crowded.data, 64));
  EXPECT_EQ(run.sink.lost, 0u);
}

// Launched by the device as well: how often is not known, nor which launch a digest is of.
TEST(GpuCaptures, AGraphThatTheDeviceMayLaunchIsCountedAsUnseen) {
  Watched run;
  const CUdeviceptr data = run.driver.allocate(64);
  const CUstream stream = run.driver.create_stream(CU_STREAM_NON_BLOCKING);
  FakeKernel kernel = add_one(64);
  run.driver.begin_capture(stream);
  run.driver.launch(kernel, stream, packed(data, data));
  const CUgraph graph = run.driver.end_capture(stream);
  run.driver.launch_graph(run.driver.instantiate(graph, CUDA_GRAPH_INSTANTIATE_FLAG_DEVICE_LAUNCH),
                          stream);
  run.end();
  EXPECT_TRUE(run.sink.events.empty());
  EXPECT_EQ(run.sink.seen[seen_name(Seen::kGraphChanged)], 1u);
}

}  // namespace
}  // namespace detaudit::instrument::cupti
