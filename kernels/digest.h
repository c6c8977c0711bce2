#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace detaudit::kernels {

// 128 bits over a byte sequence: byte-exact, position-sensitive, the same on every ISA and device.
// Defined in docs/digest.md; not cryptographic.
struct Digest {
  uint64_t low = 0;
  uint64_t high = 0;
  friend bool operator==(const Digest&, const Digest&) = default;
  friend auto operator<=>(const Digest&, const Digest&) = default;
};

// Bytes of one chunk: chunks are digested independently, in any order, and combined by index.
inline constexpr size_t kDigestChunkBytes = 64 * 1024;

// The digest of `bytes` bytes at `data`. Never allocates, never throws; data may be unaligned.
Digest digest(const void* data, size_t bytes);

// The parts, for those who compute in parallel: digest(data) ==
//   finish(sum over chunks of chunk_digest(chunk, index), total bytes), sums modulo 2^64 per word.
Digest chunk_digest(const void* chunk, size_t bytes, uint64_t index);
Digest add(Digest a, Digest b);
Digest finish(Digest sum_of_chunks, uint64_t total_bytes);

// A digest of digests that depends on their order / does not.
Digest combine_ordered(std::span<const Digest> digests);
Digest combine_unordered(std::span<const Digest> digests);

// 32 lower-case hexadecimal digits, high word first; and back (false when malformed).
std::string to_hex(const Digest& digest);
bool from_hex(const std::string& hex, Digest& digest);

// The implementations this CPU can run, fastest last; for tests and benchmarks.
enum class DigestIsa { kPortable, kAvx2, kAvx512 };
std::span<const DigestIsa> available_digest_isas();
Digest digest_with(DigestIsa isa, const void* data, size_t bytes);

}  // namespace detaudit::kernels
