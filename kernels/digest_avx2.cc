#include <immintrin.h>

#include "kernels/digest_x86.h"

namespace detaudit::kernels {
namespace {

// Four lanes in registers, from lane `first` on.
struct Half {
  size_t first;
  __m256i stride, key, product, weighted, sum;
};

[[gnu::target("avx2"), gnu::always_inline]] inline __m256i load(const void* from) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

[[gnu::target("avx2"), gnu::always_inline]] inline void store(uint64_t* to, __m256i value) {
  _mm256_store_si256(reinterpret_cast<__m256i*>(to), value);
}

[[gnu::target("avx2"), gnu::always_inline]] inline Half start(size_t first) {
  const __m256i zero = _mm256_setzero_si256();
  return {first, load(kKeyStride + first), load(kFirstKey + first), zero, zero, zero};
}

[[gnu::target("avx2"), gnu::always_inline]] inline void accumulate(Half& half,
                                                                   const unsigned char* stripe) {
  const __m256i x = _mm256_xor_si256(load(stripe + half.first * sizeof(uint64_t)), half.key);
  half.key = _mm256_add_epi64(half.key, half.stride);
  half.product = _mm256_add_epi64(half.product, _mm256_mul_epu32(x, _mm256_srli_epi64(x, 32)));
  half.weighted = _mm256_add_epi64(half.weighted, half.product);
  half.sum = _mm256_add_epi64(half.sum, x);
}

[[gnu::target("avx2"), gnu::always_inline]] inline void finish(const Half& half,
                                                               DigestLanes& lanes) {
  store(lanes.product + half.first, half.product);
  store(lanes.weighted + half.first, half.weighted);
  store(lanes.sum + half.first, half.sum);
}

}  // namespace

[[gnu::target("avx2")]] void accumulate_avx2(const unsigned char* data, size_t stripes,
                                             const unsigned char* tail, DigestLanes& lanes) {
  Half left = start(0), right = start(kLanes / 2);
#pragma GCC unroll 4
  for (size_t s = 0; s < stripes; ++s, data += kStripeBytes) {
    _mm_prefetch(data + kNearPrefetchBytes, _MM_HINT_T0);
    _mm_prefetch(data + kFarPrefetchBytes, _MM_HINT_T1);
    accumulate(left, data);
    accumulate(right, data);
  }
  if (tail != nullptr) {
    accumulate(left, tail);
    accumulate(right, tail);
  }
  finish(left, lanes);
  finish(right, lanes);
}

}  // namespace detaudit::kernels
