#include "instrument/cupti/held_addresses.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "instrument/cupti/call_structures.h"
#include "tests/unit/cupti/watched.h"

namespace detaudit::instrument::cupti {
namespace {

TEST(HeldAddresses, AgreesWithAMapOfBytes) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    std::mt19937_64 engine(seed);
    HeldAddresses held(std::pmr::new_delete_resource());
    std::vector<bool> bytes(64);
    const auto some = [&] {
      const uint64_t begin = engine() % 56;
      return Range{begin, begin + engine() % (64 - begin)};
    };
    for (int i = 0; i < 30; ++i) {
      const Range range = some();
      const unsigned what = engine() % 3;
      if (what == 2) {
        const uint64_t to = engine() % (64 - range.bytes());
        const std::vector<bool> before = bytes;
        held.copy(range, {to, to + range.bytes()});
        for (uint64_t at = 0; at < range.bytes(); ++at) bytes[to + at] = before[range.begin + at];
      } else {
        what ? held.add(range) : held.remove(range);
        for (uint64_t at = range.begin; at < range.end; ++at) bytes[at] = what;
      }
      const Range asked = some();
      if (asked.begin == asked.end) continue;
      const auto from = bytes.begin() + static_cast<long>(asked.begin);
      const auto to = bytes.begin() + static_cast<long>(asked.end);
      EXPECT_EQ(held.any_in(asked), std::find(from, to, true) != to) << "seed " << seed;
      EXPECT_EQ(held.all_of(asked), std::find(from, to, false) == to) << "seed " << seed;
    }
  }
}

// One run of a subject with a table of two addresses, whose memory lies elsewhere in each run.
struct WithTable {
  explicit WithTable(bool elsewhere, GpuSettings settings = {}) : run(1, settings) {
    if (elsewhere) run.driver.allocate(512);
    first = run.driver.allocate(64), second = run.driver.allocate(64);
    table = run.driver.allocate(16), next = run.driver.allocate(16);
    words[0] = first, words[1] = second;
  }
  Watched run;
  CUdeviceptr first, second, table, next;
  uint64_t words[2];
  FakeKernel kernel{"through_a_table", {{0, 8}, {8, 8}}, {[](const std::byte*) {}}};
};

TEST(HeldAddresses, TablesOfThemAreEqualInAllRuns) {
  std::vector<FakeSink::Event> events[2];
  for (const bool elsewhere : {false, true}) {
    WithTable with(elsewhere);
    Watched& run = with.run;
    run.driver.copy_in(with.table, with.words, 16, nullptr);
    run.driver.copy(with.next, with.table, 16, nullptr);
    run.driver.launch(with.kernel, nullptr, packed(with.next, with.first));
    run.end();
    EXPECT_EQ(run.sink.seen["buffers that hold addresses"], 4u);
    events[elsewhere] = run.sink.events;
  }
  ASSERT_EQ(events[0].size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    ASSERT_EQ(events[0][i].inputs.size(), events[1][i].inputs.size());
    for (size_t j = 0; j < events[0][i].inputs.size(); ++j) {
      EXPECT_TRUE(events[0][i].inputs[j].sound);
      EXPECT_EQ(events[0][i].inputs[j].digest, events[1][i].inputs[j].digest) << i << " " << j;
    }
    EXPECT_FALSE(events[0][i].outputs[0].sound) << i;
  }
  EXPECT_TRUE(events[0][2].outputs[1].sound);  // the kernel's other buffer
}

TEST(HeldAddresses, WhatIsWrittenOverThemIsComparedAgain) {
  WithTable with(false);
  Watched& run = with.run;
  run.driver.copy_in(with.table, with.words, 16, nullptr);
  const uint64_t numbers[2] = {1, 2};
  run.driver.copy_in(with.table, numbers, 16, nullptr);
  run.driver.copy_in(with.table, with.words, 16, nullptr);
  run.driver.fill(with.table, 0, 16, nullptr);
  run.end();
  ASSERT_EQ(run.sink.events.size(), 4u);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(run.sink.events[i].outputs[0].sound, i % 2 == 1) << i;
  EXPECT_NE(run.sink.events[0].inputs[0].digest, run.sink.events[1].inputs[0].digest);
}

// Beside other data: the buffer as a whole is compared with nothing, and never called equal.
TEST(HeldAddresses, AddressesAmongNumbersLeaveTheBufferUncompared) {
  WithTable with(false);
  Watched& run = with.run;
  with.words[1] = 7;
  run.driver.copy_in(with.table, with.words, 16, nullptr);
  run.driver.launch(with.kernel, nullptr, packed(with.table, with.first));
  run.end();
  ASSERT_EQ(run.sink.events.size(), 2u);
  EXPECT_FALSE(run.sink.events[1].inputs[1].sound);
  EXPECT_FALSE(run.sink.events[1].outputs[0].sound);
}

TEST(HeldAddresses, SweepsSetTablesAside) {
  GpuSettings settings;
  settings.fine_to = 0;
  settings.sweep_every = 2;
  WithTable with(false, settings);
  Watched& run = with.run;
  run.driver.copy_in(with.table, with.words, 16, nullptr);
  for (int i = 0; i < 4; ++i)
    run.driver.launch(with.kernel, nullptr, packed(with.table, with.first));
  run.end();
  ASSERT_EQ(run.sink.events.size(), 2u);
  EXPECT_TRUE(run.sink.events[1].outputs[0].sound);
  EXPECT_FALSE(run.sink.events[1].outputs[2].sound);
  EXPECT_TRUE(run.sink.events[1].inputs[0].sound);  // of all else
}

// Host memory whose first page can be read once another thread has made a call of its own.
std::byte* g_slow = nullptr;
std::atomic<bool> g_read{false}, g_other_called{false}, g_called_meanwhile{false};

void let_other_call(int, siginfo_t*, void*) {
  g_read = true;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!g_other_called && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  g_called_meanwhile = g_other_called.load();
  mprotect(g_slow, 4096, PROT_READ | PROT_WRITE);
}

class HostCopies : public testing::TestWithParam<size_t> {};

TEST_P(HostCopies, TheirBytesAreReadWithoutTheLock) {
  const size_t bytes = GetParam();
  g_read = g_other_called = g_called_meanwhile = false;
  Watched run;
  const CUdeviceptr to = run.driver.allocate(bytes), other = run.driver.allocate(64);
  g_slow =
      static_cast<std::byte*>(mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  mprotect(g_slow + 4096, bytes - 4096, PROT_READ | PROT_WRITE);
  struct sigaction act {
  }, before{};
  act.sa_sigaction = let_other_call;
  act.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &act, &before);
  const cuMemcpyHtoDAsync_v2_params copy{to, g_slow, bytes, nullptr};
  DriverCall call{CUPTI_DRIVER_TRACE_CBID_cuMemcpyHtoDAsync_v2, &copy, run.driver.context(),
                  CUDA_SUCCESS, nullptr};
  std::thread beside([&] {
    while (!g_read) std::this_thread::yield();
    const cuMemsetD8Async_params fill{other, 1, 64, nullptr};
    DriverCall filled{CUPTI_DRIVER_TRACE_CBID_cuMemsetD8Async, &fill, run.driver.context(),
                      CUDA_ERROR_UNKNOWN, nullptr};
    run.recorder.before(filled);
    run.recorder.after(filled);
    g_other_called = true;
  });
  run.recorder.before(call);
  EXPECT_TRUE(g_called_meanwhile);  // while this one read; else it gave up after 10 seconds
  call.result = CUDA_ERROR_UNKNOWN;
  run.recorder.after(call);
  beside.join();
  sigaction(SIGSEGV, &before, nullptr);
  munmap(g_slow, bytes);
  run.end();
}

// Tables of addresses, and what is too large to be one.
INSTANTIATE_TEST_SUITE_P(Sizes, HostCopies, testing::Values(8 << 10, 64 << 10, 256 << 10));

}  // namespace
}  // namespace detaudit::instrument::cupti
