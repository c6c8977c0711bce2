#include "kernels/digest.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

#include "kernels/digest_lanes.h"
#include "kernels/digest_mix.h"

namespace detaudit::kernels {
namespace {

static_assert(std::endian::native == std::endian::little, "lanes are little-endian words");

constexpr uint64_t kLowSalt[kLanes] = {digest_parts::low_salt(0), digest_parts::low_salt(1),
                                       digest_parts::low_salt(2), digest_parts::low_salt(3),
                                       digest_parts::low_salt(4), digest_parts::low_salt(5),
                                       digest_parts::low_salt(6), digest_parts::low_salt(7)};
constexpr uint64_t kHighSalt[kLanes] = {digest_parts::high_salt(0), digest_parts::high_salt(1),
                                        digest_parts::high_salt(2), digest_parts::high_salt(3),
                                        digest_parts::high_salt(4), digest_parts::high_salt(5),
                                        digest_parts::high_salt(6), digest_parts::high_salt(7)};

Digest seal_chunk(const DigestLanes& lanes, size_t bytes, uint64_t index) {
  digest_parts::Words all{0, 0};
#pragma GCC unroll 8
  for (size_t l = 0; l < kLanes; ++l) {
    const digest_parts::Words lane = digest_parts::seal_lane(
        kLowSalt[l], kHighSalt[l], lanes.product[l], lanes.weighted[l], lanes.sum[l]);
    all.low += lane.low;
    all.high += lane.high;
  }
  const digest_parts::Words chunk = digest_parts::place_chunk(all, index, bytes);
  return {chunk.low, chunk.high};
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
  const digest_parts::Words digest = digest_parts::finish({sum.low, sum.high}, total_bytes);
  return {digest.low, digest.high};
}

Digest combine_ordered(std::span<const Digest> digests) {
  static_assert(sizeof(Digest) == 16);
  return digest(digests.data(), digests.size_bytes());
}

Digest combine_unordered(std::span<const Digest> digests) {
  Digest sum;
  for (const Digest& digest : digests) sum = add(sum, finish(digest, digest_parts::kUnordered));
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
