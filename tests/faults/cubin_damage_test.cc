// Cubins, fatbins and PTX that were cut short or changed: reading ends, and stays within the bytes.
#include <gtest/gtest.h>

#include <random>

#include "instrument/cubin/ptx.h"
#include "tests/unit/instrument/cubin_fixtures.h"

namespace detaudit::instrument {
namespace {

// In a block of its own size: a sanitizer sees the first byte read behind it.
void read_all(Bytes bytes) {
  const std::vector<std::byte> own(bytes.begin(), bytes.end());
  const Cubin cubin = read_cubin(own);
  for (const CubinFunction& function : cubin.functions) {
    count_effects(cubin, function);
    for (const Atomic& atomic : function.atomics) {
      if (atomic.line == 0) continue;
      ASSERT_LT(atomic.file, cubin.files.size());
    }
    for (uint32_t reached : function.reaches) ASSERT_LT(reached, cubin.functions.size());
  }
  MemorySource source(own);
  std::vector<std::byte> unpacked;
  for (const GpuImage& image : find_gpu_images(source).images) {
    if (unpack(source, image, unpacked) != UnpackStatus::kDone) continue;
    if (image.kind == ImageKind::kCubin) read_cubin(unpacked);
    read_ptx({reinterpret_cast<const char*>(unpacked.data()), unpacked.size()});
  }
}

std::vector<std::vector<std::byte>> seeds() {
  std::vector<std::vector<std::byte>> all = {
      small_fixture("lines.90.cubin"), small_fixture("small_zstd.fatbin"),
      small_fixture("small_lz4.fatbin"), small_fixture("ptx_only.fatbin")};
  for (auto& [sm, bytes] : cubins_of(all[1])) all.push_back(bytes);
  return all;
}

TEST(CubinDamage, EveryLength) {
  for (const auto& seed : seeds()) {
    ASSERT_GT(seed.size(), 500u);
    for (size_t size = 0; size < seed.size(); ++size) read_all(Bytes(seed).first(size));
  }
}

TEST(CubinDamage, ChangedBytes) {
  std::mt19937 random(20250714);
  for (const auto& seed : seeds()) {
    for (unsigned round = 0; round < 4000; ++round) {
      auto bytes = seed;
      const unsigned changes = 1 + random() % 8;
      for (unsigned i = 0; i < changes; ++i) {
        bytes[random() % bytes.size()] = static_cast<std::byte>(random());
      }
      read_all(bytes);
    }
  }
}

// Numbers that overflow when added, where offsets and sizes stand.
TEST(CubinDamage, HugeNumbers) {
  for (const auto& seed : seeds()) {
    for (size_t at = 0; at + 8 <= std::min<size_t>(seed.size(), 4096); at += 4) {
      for (uint64_t value : {UINT64_MAX, UINT64_MAX - 15, uint64_t{1} << 63, uint64_t{1} << 32}) {
        auto bytes = seed;
        std::memcpy(bytes.data() + at, &value, sizeof value);
        read_all(bytes);
      }
    }
  }
}

}  // namespace
}  // namespace detaudit::instrument
