#include <lz4.h>
#include <zstd.h>

#include "instrument/cubin/fatbin.h"

namespace detaudit::instrument {
namespace {

bool unpack_lz4(Bytes packed, std::span<std::byte> into) {
  const int got = LZ4_decompress_safe(
      reinterpret_cast<const char*>(packed.data()), reinterpret_cast<char*>(into.data()),
      static_cast<int>(packed.size()), static_cast<int>(into.size()));
  return got >= 0 && static_cast<size_t>(got) == into.size();
}

bool unpack_zstd(Bytes packed, std::span<std::byte> into) {
  const size_t got = ZSTD_decompress(into.data(), into.size(), packed.data(), packed.size());
  return !ZSTD_isError(got) && got == into.size();
}

}  // namespace

UnpackStatus unpack(const ByteSource& source, const GpuImage& image,
                    std::vector<std::byte>& bytes) {
  if (image.stored_bytes > kLargestImage || image.unpacked_bytes > kLargestImage) {
    return UnpackStatus::kTooLarge;
  }
  if (image.cut && image.packing != Packing::kPlain) return UnpackStatus::kDamaged;
  const uint64_t there = image.offset < source.size() ? source.size() - image.offset : 0;
  std::vector<std::byte> packed;
  std::vector<std::byte>& stored = image.packing == Packing::kPlain ? bytes : packed;
  stored.resize(std::min(image.stored_bytes, there));
  if (!source.read(image.offset, stored)) return UnpackStatus::kDamaged;
  if (image.packing == Packing::kPlain) return UnpackStatus::kDone;
  if (image.unpacked_bytes / kLargestExpansion > packed.size()) return UnpackStatus::kTooLarge;
  bytes.resize(image.unpacked_bytes);
  const bool done =
      image.packing == Packing::kLz4 ? unpack_lz4(packed, bytes) : unpack_zstd(packed, bytes);
  return done ? UnpackStatus::kDone : UnpackStatus::kDamaged;
}

}  // namespace detaudit::instrument
