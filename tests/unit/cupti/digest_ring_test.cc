#include "instrument/cupti/digest_ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <memory_resource>
#include <vector>

#include "kernels/digest.h"

namespace detaudit::instrument::cupti {
namespace {

using kernels::cuda::DigestLaunch;

// A driver that keeps launches of the digest kernel until a test runs them.
struct Launches {
  std::deque<DigestLaunch> waiting;
  unsigned refused_from = ~0u;  // the how-manieth launch fails, and all behind it
  unsigned seen = 0;

  void run_one() {
    const DigestLaunch launch = waiting.front();
    waiting.pop_front();
    for (uint32_t i = 0; i < launch.count; ++i) {
      const auto digest = kernels::digest(launch.buffers[i].data, launch.buffers[i].bytes);
      const uint64_t number = launch.next_slot ? (*launch.next_slot)++ : 0;
      auto& slot = launch.slots[launch.next_slot ? number & launch.slot_mask : i];
      slot.low = digest.low;
      slot.high = digest.high;
      slot.buffer = number << kernels::cuda::kDigestBufferBits | i;
      std::atomic_ref<uint64_t>(slot.ticket).store(launch.ticket, std::memory_order_release);
    }
  }
  void run() {
    while (!waiting.empty()) run_one();
  }
};
Launches* g_launches;
std::vector<std::vector<std::byte>> g_memory;
size_t g_most_memory = SIZE_MAX;
CUstreamCaptureMode g_mode = CU_STREAM_CAPTURE_MODE_GLOBAL;
CUstream const kOwnStream = reinterpret_cast<CUstream>(&g_memory);

DriverTable table() {
  DriverTable table;
  table.cuMemHostRegister = [](void*, size_t, unsigned) { return CUDA_SUCCESS; };
  table.cuMemHostGetDevicePointer = [](CUdeviceptr* there, void* here, unsigned) {
    *there = reinterpret_cast<CUdeviceptr>(here);
    return CUDA_SUCCESS;
  };
  table.cuModuleLoadData = [](CUmodule*, const void*) { return CUDA_SUCCESS; };
  table.cuModuleGetFunction = [](CUfunction*, CUmodule, const char*) { return CUDA_SUCCESS; };
  table.cuFuncLoad = [](CUfunction) { return CUDA_SUCCESS; };
  table.cuThreadExchangeStreamCaptureMode = [](CUstreamCaptureMode* mode) {
    std::swap(*mode, g_mode);
    return CUDA_SUCCESS;
  };
  table.cuMemAlloc = [](CUdeviceptr* address, size_t bytes) {
    if (g_mode != CU_STREAM_CAPTURE_MODE_RELAXED) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    if (g_memory.size() >= g_most_memory) return CUDA_ERROR_OUT_OF_MEMORY;
    g_memory.emplace_back(bytes);
    *address = reinterpret_cast<CUdeviceptr>(g_memory.back().data());
    return CUDA_SUCCESS;
  };
  // Of a stream of its own: the subject's may be captured.
  table.cuStreamCreate = [](CUstream* stream, unsigned flags) {
    *stream = flags & CU_STREAM_NON_BLOCKING ? kOwnStream : nullptr;
    return CUDA_SUCCESS;
  };
  table.cuMemsetD8Async = [](CUdeviceptr, unsigned char, size_t, CUstream stream) {
    return stream == kOwnStream ? CUDA_SUCCESS : CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
  };
  table.cuStreamSynchronize = [](CUstream stream) {
    return stream == kOwnStream ? CUDA_SUCCESS : CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  };
  table.cuStreamDestroy = [](CUstream) { return CUDA_SUCCESS; };
  table.cuLaunchKernel = [](CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                            unsigned, CUstream, void** arguments, void**) {
    if (g_launches->seen++ >= g_launches->refused_from) return CUDA_ERROR_UNKNOWN;
    g_launches->waiting.push_back(*static_cast<const DigestLaunch*>(arguments[0]));
    return CUDA_SUCCESS;
  };
  return table;
}

class Ring : public testing::Test {
 protected:
  static constexpr uint32_t kSlots = 128;
  Ring() : ring_(driver_, kModule, kSlots, std::pmr::new_delete_resource()) {
    g_launches = &launches_;
    g_memory.clear();
    g_most_memory = SIZE_MAX;
    for (size_t i = 0; i < sizeof data_; ++i) data_[i] = static_cast<unsigned char>(i * 31 + 7);
  }
  CUcontext context(int number) { return reinterpret_cast<CUcontext>(&contexts_[number]); }
  // Of the first `bytes` bytes: another length is another digest.
  DigestJob job(uint32_t cell, uint64_t bytes) {
    return {reinterpret_cast<uint64_t>(data_), bytes, cell};
  }
  bool gives(uint32_t cell, uint64_t bytes) {
    kernels::Digest digest;
    return ring_.poll(cell, digest) && digest == kernels::digest(data_, bytes);
  }
  bool silent(uint32_t cell) {
    kernels::Digest digest;
    return !ring_.poll(cell, digest);
  }

  static constexpr unsigned char kModule[1] = {1};
  Launches launches_;
  DriverTable driver_ = table();
  DigestRing ring_;
  int contexts_[2];
  unsigned char data_[4096];
};

TEST_F(Ring, ACellThatHasNoJobTakesNobodysDigest) {
  ASSERT_EQ(ring_.prepare(context(0)), nullptr);
  EXPECT_TRUE(silent(0));
  const std::vector<DigestJob> first = {job(5, 100)}, second = {job(6, 200)};
  ASSERT_EQ(ring_.enqueue(context(0), nullptr, first), 1u);
  launches_.run();
  ASSERT_TRUE(gives(5, 100));
  // All places round: the one that was cell 5's is another's now.
  for (uint32_t i = 0; i < 2 * kSlots; ++i) {
    ASSERT_EQ(ring_.enqueue(context(0), nullptr, second), 1u);
    launches_.run();
    EXPECT_TRUE(silent(5)) << i;
    ASSERT_TRUE(gives(6, 200)) << i;
  }
}

TEST_F(Ring, LaunchesThatFailLeaveNoPlaceTaken) {
  ASSERT_EQ(ring_.prepare(context(0)), nullptr);
  std::vector<DigestJob> jobs;
  for (uint32_t i = 0; i < kSlots; ++i) jobs.push_back(job(i, i + 1));
  for (int round = 0; round < 10; ++round) {
    launches_.seen = 0;
    launches_.refused_from = 1;  // the second half of the jobs
    EXPECT_EQ(ring_.enqueue(context(0), nullptr, jobs), kernels::cuda::kDigestBuffers);
    launches_.run();
    for (uint32_t i = 0; i < kSlots; ++i) {
      if (i < kernels::cuda::kDigestBuffers)
        ASSERT_TRUE(gives(i, i + 1)) << round;
      else
        ASSERT_TRUE(silent(i)) << round;
    }
  }
}

// A cell that failed for its owner may be given to another while its old job is under way.
TEST_F(Ring, ACellUsedAgainWaitsForItsNewJob) {
  ASSERT_EQ(ring_.prepare(context(0)), nullptr);
  for (uint32_t round = 0; round < 4 * kSlots; ++round) {
    const std::vector<DigestJob> old = {job(3, 10)}, fresh = {job(3, 20)};
    ASSERT_EQ(ring_.enqueue(context(0), nullptr, old), 1u) << round;
    ASSERT_EQ(ring_.enqueue(context(0), nullptr, fresh), 1u) << round;
    launches_.run_one();
    EXPECT_TRUE(silent(3));
    launches_.run_one();
    ASSERT_TRUE(gives(3, 20)) << round;
  }
}

TEST_F(Ring, AContextThatEndsTakesItsPlacesAlong) {
  const std::vector<DigestJob> lost = {job(1, 10), job(2, 20)}, kept = {job(4, 40)};
  for (uint32_t round = 0; round < 2 * kSlots; ++round) {
    ASSERT_EQ(ring_.prepare(context(0)), nullptr);
    if (!ring_.ready(context(1))) {
      ASSERT_EQ(ring_.prepare(context(1)), nullptr);
    }
    ASSERT_EQ(ring_.enqueue(context(0), nullptr, lost), 2u) << round;
    ASSERT_EQ(ring_.enqueue(context(1), nullptr, kept), 1u);
    launches_.waiting.pop_front();  // it never ran
    ring_.forget(context(0));
    EXPECT_FALSE(ring_.ready(context(0)));
    launches_.run();
    EXPECT_TRUE(silent(1));
    EXPECT_TRUE(gives(4, 40));
  }
}

// Each context counts its graphs' digests by itself.
TEST_F(Ring, GraphsOfTwoContextsKeepApart) {
  ASSERT_EQ(ring_.prepare(context(0)), nullptr);
  ASSERT_EQ(ring_.prepare(context(1)), nullptr);
  const std::vector<DigestJob> one = {job(11, 100)}, other = {job(12, 200)};
  ASSERT_TRUE(ring_.capture(context(0), nullptr, one));
  ASSERT_TRUE(ring_.capture(context(1), nullptr, other));
  const auto captured = launches_.waiting;
  for (int replay = 0; replay < 3; ++replay) {
    launches_.waiting = captured;
    launches_.run();
    std::map<uint32_t, kernels::Digest> found;
    GraphDigest digest;
    while (ring_.poll_graph(digest)) found[digest.node] = digest.digest;
    ASSERT_EQ(found.size(), 2u) << replay;
    EXPECT_EQ(found[11], kernels::digest(data_, 100));
    EXPECT_EQ(found[12], kernels::digest(data_, 200));
  }
}

// The device runs ahead of who reads: which run a digest is of is not known any more.
TEST_F(Ring, DigestsOfGraphsThatWereWrittenOverAreMissed) {
  ASSERT_EQ(ring_.prepare(context(0)), nullptr);
  const std::vector<DigestJob> jobs = {job(11, 100)};
  ASSERT_TRUE(ring_.capture(context(0), nullptr, jobs));
  const auto captured = launches_.waiting;
  const auto replay = [&](uint32_t times) {
    for (uint32_t i = 0; i < times; ++i) {
      launches_.waiting = captured;
      launches_.run();
    }
  };
  GraphDigest digest;
  replay(ring_.graph_slots());  // as many as there is room for
  for (uint32_t i = 0; i < ring_.graph_slots(); ++i) {
    ASSERT_TRUE(ring_.poll_graph(digest)) << i;
    ASSERT_FALSE(digest.lost) << i;
  }
  EXPECT_FALSE(ring_.poll_graph(digest));
  replay(ring_.graph_slots() + 1);
  ASSERT_TRUE(ring_.poll_graph(digest));
  EXPECT_TRUE(digest.lost);
  EXPECT_FALSE(ring_.poll_graph(digest));
}

TEST_F(Ring, GraphsMayHoldAnyNumberOfDigests) {
  ASSERT_EQ(ring_.prepare(context(0)), nullptr);
  const size_t before = g_memory.size();
  std::vector<DigestJob> jobs;
  for (uint32_t i = 0; i < kernels::cuda::kDigestBuffers; ++i) jobs.push_back(job(i + 1, i + 1));
  std::vector<std::pair<const void*, const void*>> meetings;  // of each captured launch
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(ring_.capture(context(0), nullptr, jobs)) << i;
    const auto* first = launches_.waiting.back().meetings;
    meetings.emplace_back(first, first + jobs.size());
  }
  EXPECT_GT(g_memory.size(), before + 1);
  EXPECT_EQ(g_mode, CU_STREAM_CAPTURE_MODE_GLOBAL);  // as it was
  std::sort(meetings.begin(), meetings.end());
  for (size_t i = 1; i < meetings.size(); ++i) ASSERT_LE(meetings[i - 1].second, meetings[i].first);
  g_most_memory = 0;  // the device has no more
  bool refused = false;
  for (int i = 0; i < 1000 && !refused; ++i)
    refused = !ring_.capture(context(0), nullptr, jobs);
  EXPECT_TRUE(refused);
}

}  // namespace
}  // namespace detaudit::instrument::cupti
