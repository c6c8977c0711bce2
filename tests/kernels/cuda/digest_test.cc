#include "kernels/cuda/digest.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "kernels/cuda/emulated/emulator.h"
#include "kernels/digest.h"

namespace detaudit::kernels::cuda {
namespace {

// Bytes with room around them, since whole aligned words are read.
class Bytes {
 public:
  Bytes(size_t size, size_t misalignment, uint64_t seed)
      : storage_((size + misalignment) / 8 + 4), size_(size), misalignment_(misalignment) {
    std::mt19937_64 engine(seed);
    for (uint64_t& word : storage_) word = engine();
  }
  // The vector's start is aligned to 16.
  unsigned char* data() {
    return reinterpret_cast<unsigned char*>(storage_.data()) + misalignment_;
  }
  size_t size() const { return size_; }

 private:
  std::vector<uint64_t> storage_;
  size_t size_, misalignment_;
};

Digest of_slot(const DigestSlot& slot) { return {slot.low, slot.high}; }

void expect_equal_digests(std::vector<Bytes>& all) {
  Stream stream;
  Digester digester(stream);
  std::vector<DigestBuffer> buffers;
  for (Bytes& bytes : all) buffers.push_back({bytes.data(), bytes.size()});
  std::vector<DigestSlot> slots(buffers.size());
  digester.digest(buffers, slots.data());
  for (size_t i = 0; i < all.size(); ++i)
    ASSERT_EQ(of_slot(slots[i]), digest(all[i].data(), all[i].size()))
        << all[i].size() << " bytes at " << buffers[i].data;
}

TEST(EmulatedDigest, EqualsTheHostsForEverySizeUpTo4KiB) {
  for (size_t misalignment : {0, 1, 4, 8, 15}) {
    std::vector<Bytes> all;
    for (size_t size = 0; size <= 4096; ++size) all.emplace_back(size, misalignment, size);
    expect_equal_digests(all);
  }
}

TEST(EmulatedDigest, EqualsTheHostsAtEveryMisalignment) {
  std::vector<Bytes> all;
  for (size_t misalignment = 0; misalignment < 64; ++misalignment)
    for (size_t size : {1u, 63u, 64u, 65u, 4097u, 65535u, 65536u, 65537u, 200000u})
      all.emplace_back(size, misalignment, size + misalignment);
  expect_equal_digests(all);
}

TEST(EmulatedDigest, EqualsTheHostsForRandomSizes) {
  std::mt19937_64 engine(3);
  std::vector<Bytes> all;
  for (int i = 0; i < 60; ++i) all.emplace_back(engine() % 700000, engine() % 16, engine());
  expect_equal_digests(all);
}

TEST(EmulatedDigest, DependsOnNoOrderAndNoThreads) {
  Bytes bytes(1234567, 3, 9);
  const Emulation before = emulation();
  for (EmulatedOrder order : {EmulatedOrder::kForward, EmulatedOrder::kReversed,
                              EmulatedOrder::kShuffled, EmulatedOrder::kMixed})
    for (unsigned threads : {1u, 3u})
      for (uint64_t seed : {1u, 2u}) {
        emulation() = {order, seed, threads};
        std::vector<Bytes> all(1, bytes);
        expect_equal_digests(all);
      }
  emulation() = before;
}

TEST(EmulatedDigest, SeesAChange) {
  Bytes bytes(100000, 0, 5);
  Stream stream;
  Digester digester(stream);
  DigestSlot slots[2];
  const DigestBuffer buffer{bytes.data(), bytes.size()};
  digester.digest({&buffer, 1}, slots);
  std::swap(bytes.data()[100], bytes.data()[70100]);
  digester.digest({&buffer, 1}, slots + 1);
  EXPECT_NE(of_slot(slots[0]), of_slot(slots[1]));
  EXPECT_EQ(of_slot(slots[1]), digest(bytes.data(), bytes.size()));
}

// A ring is filled in the order of completion, each slot saying whose it is.
TEST(EmulatedDigest, FillsARing) {
  Bytes large(300000, 0, 1), small(100, 0, 2);
  DigestSlot ring[4] = {};
  uint64_t next = 3;
  DigestMeeting meetings[2] = {};
  DigestLaunch parameters{};
  parameters.buffers[0] = {large.data(), large.size()};
  parameters.buffers[1] = {small.data(), small.size()};
  parameters.count = 2;
  parameters.meetings = meetings;
  parameters.slots = ring;
  parameters.next_slot = &next;
  parameters.slot_mask = 3;
  parameters.ticket = 77;
  Stream stream;
  launch_digest(stream, parameters);
  EXPECT_EQ(next, 5u);
  for (size_t at : {3u, 0u}) {
    EXPECT_EQ(ring[at].ticket, 77u);
    const uint64_t buffer = ring[at].buffer & ((1 << kDigestBufferBits) - 1);
    Bytes& whose = buffer == 0 ? large : small;
    EXPECT_EQ(of_slot(ring[at]), digest(whose.data(), whose.size()));
    EXPECT_EQ(ring[at].buffer >> kDigestBufferBits, at == 3 ? 3u : 4u);
  }
  EXPECT_NE(ring[3].buffer & 1, ring[0].buffer & 1);
  EXPECT_EQ(meetings[0].chunks, 0u) << "left as it was found";
}

}  // namespace
}  // namespace detaudit::kernels::cuda
