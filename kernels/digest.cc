#include "kernels/digest.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

#include "kernels/digest_lanes.h"

namespace detaudit::kernels {
namespace {

static_assert(std::endian::native == std::endian::little, "lanes are little-endian words");

// Further outputs of splitmix64 from 0: what tells lanes, words and uses apart.
constexpr uint64_t kLowSalt[kLanes] = {0x7d29825c75521255, 0xc3cf17102b7f7f86, 0x3466e9a083914f64,
                                       0xd81a8d2b5a4485ac, 0xdb01602b100b9ed7, 0xa9038a921825f10d,
                                       0xedf5f1d90dca2f6a, 0x54496ad67bd2634c};
constexpr uint64_t kHighSalt[kLanes] = {0xdd7c01d4f5407269, 0x935e82f1db4c4f7b, 0x69b82ebc92233300,
                                        0x40d29eb57de1d510, 0xa2f09dabb45c6316, 0xee521d7a0f4d3872,
                                        0xf16952ee72f3454f, 0x377d35dea8e40225};
constexpr uint64_t kLowPlace = 0x0c7de8064963bab0;
constexpr uint64_t kHighPlace = 0x05582d37111ac529;
constexpr uint64_t kLowTotal = 0xd254741f599dc6f7;
constexpr uint64_t kHighTotal = 0x69630f7593d108c3;
constexpr uint64_t kUnordered = 0x417ef96181daa383;

// A bijection of 64 bits: one xor-shift-multiply round, and splitmix64's finaliser.
inline uint64_t half_mix(uint64_t x) {
  x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93;
  return x ^ (x >> 32);
}
inline uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

Digest seal_chunk(const DigestLanes& lanes, size_t bytes, uint64_t index) {
  Digest digest;
#pragma GCC unroll 8
  for (size_t l = 0; l < kLanes; ++l) {
    const uint64_t a = half_mix(lanes.product[l] ^ kLowSalt[l]);
    const uint64_t b = half_mix(lanes.sum[l] + a);
    const uint64_t low = half_mix((lanes.weighted[l] ^ kHighSalt[l]) + b);
    digest.low += low;
    digest.high += half_mix(std::rotl(low, 32) + a);
  }
  const uint64_t place = index << 17 | bytes;
  digest.low = mix(digest.low ^ mix(place + kLowPlace));
  digest.high = mix(digest.high ^ mix(place + kHighPlace));
  return digest;
}

Digest chunk_with(AccumulateStripes accumulate, const void* chunk, size_t bytes, uint64_t index) {
  const auto* data = static_cast<const unsigned char*>(chunk);
  const size_t stripes = bytes / kStripeBytes, rest = bytes % kStripeBytes;
  alignas(64) unsigned char tail[kStripeBytes];
  if (rest > 0) {
    std::memset(tail, 0, sizeof tail);
    std::memcpy(tail, data + stripes * kStripeBytes, rest);
  }
  DigestLanes lanes;
  accumulate(data, stripes, rest > 0 ? tail : nullptr, lanes);
  return seal_chunk(lanes, bytes, index);
}

Digest digest_by(AccumulateStripes accumulate, const void* data, size_t bytes) {
  const auto* chunk = static_cast<const unsigned char*>(data);
  Digest sum;
  uint64_t index = 0;
  for (size_t left = bytes; left > 0; ++index) {
    const size_t size = std::min(left, kDigestChunkBytes);
    sum = add(sum, chunk_with(accumulate, chunk, size, index));
    chunk += size;
    left -= size;
  }
  return finish(sum, bytes);
}

// The fastest this CPU can run. Racing first calls store the same pointer.
AccumulateStripes fastest() {
  static std::atomic<AccumulateStripes> chosen{nullptr};
  AccumulateStripes accumulate = chosen.load(std::memory_order_relaxed);
  if (accumulate == nullptr) {
    accumulate = accumulate_of(available_digest_isas().back());
    chosen.store(accumulate, std::memory_order_relaxed);
  }
  return accumulate;
}

void put_hex(uint64_t word, char* text) {
  for (int digit = 0; digit < 16; ++digit) {
    text[digit] = "0123456789abcdef"[word >> (60 - 4 * digit) & 15];
  }
}

bool get_hex(const char* text, uint64_t& word) {
  word = 0;
  for (int digit = 0; digit < 16; ++digit) {
    const char c = text[digit];
    const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (value < 0) return false;
    word = word << 4 | static_cast<uint64_t>(value);
  }
  return true;
}

}  // namespace

void accumulate_portable(const unsigned char* data, size_t stripes, const unsigned char* tail,
                         DigestLanes& lanes) {
  uint64_t key[kLanes], product[kLanes] = {}, weighted[kLanes] = {}, sum[kLanes] = {};
  std::copy(kFirstKey, kFirstKey + kLanes, key);
  const auto accumulate = [&](const unsigned char* stripe) {
    uint64_t words[kLanes];
    std::memcpy(words, stripe, kStripeBytes);
    for (size_t l = 0; l < kLanes; ++l) {
      const uint64_t x = words[l] ^ key[l];
      key[l] += kKeyStride[l];
      product[l] += (x & 0xffffffff) * (x >> 32);
      weighted[l] += product[l];
      sum[l] += x;
    }
  };
  for (size_t s = 0; s < stripes; ++s) accumulate(data + s * kStripeBytes);
  if (tail != nullptr) accumulate(tail);
  std::copy(product, product + kLanes, lanes.product);
  std::copy(weighted, weighted + kLanes, lanes.weighted);
  std::copy(sum, sum + kLanes, lanes.sum);
}

Digest digest(const void* data, size_t bytes) { return digest_by(fastest(), data, bytes); }

Digest digest_with(DigestIsa isa, const void* data, size_t bytes) {
  return digest_by(accumulate_of(isa), data, bytes);
}

Digest chunk_digest(const void* chunk, size_t bytes, uint64_t index) {
  return chunk_with(fastest(), chunk, bytes, index);
}

Digest add(Digest a, Digest b) { return {a.low + b.low, a.high + b.high}; }

Digest finish(Digest sum, uint64_t total_bytes) {
  Digest digest;
  digest.low = mix(sum.low ^ mix(total_bytes + kLowTotal));
  digest.high = mix(sum.high + digest.low + mix(total_bytes + kHighTotal));
  digest.low += half_mix(digest.high);
  return digest;
}

Digest combine_ordered(std::span<const Digest> digests) {
  static_assert(sizeof(Digest) == 16);
  return digest(digests.data(), digests.size_bytes());
}

Digest combine_unordered(std::span<const Digest> digests) {
  Digest sum;
  for (const Digest& digest : digests) sum = add(sum, finish(digest, kUnordered));
  return finish(sum, digests.size());
}

std::string to_hex(const Digest& digest) {
  char text[32];
  put_hex(digest.high, text);
  put_hex(digest.low, text + 16);
  return {text, sizeof text};
}

bool from_hex(const std::string& hex, Digest& digest) {
  return hex.size() == 32 && get_hex(hex.data(), digest.high) &&
         get_hex(hex.data() + 16, digest.low);
}

}  // namespace detaudit::kernels
