#include "instrument/cupti/host_addresses.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <memory>

#include "tests/unit/cupti/watched.h"

namespace detaudit::instrument::cupti {
namespace {

int g_variable;

TEST(HostAddresses, OfStackHeapCodeAndMappingsAreCut) {
  int local = 0;
  const auto heap = std::make_unique<int>(0);
  void* mapped = mmap(nullptr, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  auto words = packed(&local, heap.get(), &g_variable, static_cast<char*>(mapped) + 12345);
  EXPECT_EQ(cut_host_addresses(words), 4u);
  for (std::byte byte : words) EXPECT_EQ(byte, std::byte{0});
  auto gone = packed(mapped);
  munmap(mapped, 1 << 20);
  EXPECT_EQ(cut_host_addresses(gone), 0u);
  EXPECT_EQ(argument<void*>(gone.data(), 0), mapped);
}

TEST(HostAddresses, NumbersStay) {
  auto words = packed(uint64_t{1}, uint64_t{1} << 33, 3.5, 1.5f, -2.0f, int32_t{7}, int32_t{32000},
                      int64_t{-1}, uint64_t{0x7ffffffff000});
  const auto before = words;
  EXPECT_EQ(cut_host_addresses(words), 0u);
  EXPECT_EQ(words, before);
  std::vector<std::byte> odd(13, std::byte{0x7f});  // no whole word behind the first
  EXPECT_EQ(cut_host_addresses(odd), 0u);
}

TEST(HostAddresses, ALaunchIsTheSameWhereverItsHostPointersLead) {
  Watched run;
  const CUdeviceptr out = run.driver.allocate(64);
  FakeKernel kernel{"k", {{0, 8}, {8, 8}}, {[](const std::byte*) {}}};
  const auto one = std::make_unique<int>(0), other = std::make_unique<int>(0);
  run.driver.launch(kernel, nullptr, packed(out, one.get()));
  run.driver.launch(kernel, nullptr, packed(out, other.get()));
  run.driver.launch(kernel, nullptr, packed(out, uint64_t{5}));
  run.end();
  ASSERT_EQ(run.sink.events.size(), 3u);
  EXPECT_EQ(run.sink.events[0].inputs[0].digest, run.sink.events[1].inputs[0].digest);
  EXPECT_NE(run.sink.events[0].inputs[0].digest, run.sink.events[2].inputs[0].digest);
}

}  // namespace
}  // namespace detaudit::instrument::cupti
