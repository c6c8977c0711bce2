#include <immintrin.h>

#include "kernels/digest_x86.h"

namespace detaudit::kernels {
namespace {

// Four lanes in registers.
struct Half {
  __m256i key, stride, product, weighted, sum;
};

[[gnu::target("avx2"), gnu::always_inline]] inline __m256i load(const void* from) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

[[gnu::target("avx2"), gnu::always_inline]] inline Half load_half(const DigestLanes& lanes,
                                                                  size_t first) {
  return {load(lanes.key + first), load(kKeyStride + first), load(lanes.product + first),
          load(lanes.weighted + first), load(lanes.sum + first)};
}

[[gnu::target("avx2"), gnu::always_inline]] inline void store_half(const Half& half,
                                                                   DigestLanes& lanes,
                                                                   size_t first) {
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes.key + first), half.key);
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes.product + first), half.product);
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes.weighted + first), half.weighted);
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes.sum + first), half.sum);
}

[[gnu::target("avx2"), gnu::always_inline]] inline void add_half(Half& half,
                                                                 const unsigned char* data) {
  const __m256i x = _mm256_xor_si256(load(data), half.key);
  half.key = _mm256_add_epi64(half.key, half.stride);
  half.product = _mm256_add_epi64(half.product, _mm256_mul_epu32(x, _mm256_srli_epi64(x, 32)));
  half.weighted = _mm256_add_epi64(half.weighted, half.product);
  half.sum = _mm256_add_epi64(half.sum, x);
}

}  // namespace

[[gnu::target("avx2")]] void add_stripes_avx2(DigestLanes& lanes, const unsigned char* data,
                                              size_t stripes) {
  Half left = load_half(lanes, 0), right = load_half(lanes, 4);
#pragma GCC unroll 4
  for (size_t s = 0; s < stripes; ++s) {
    add_half(left, data + s * kStripeBytes);
    add_half(right, data + s * kStripeBytes + kStripeBytes / 2);
  }
  store_half(left, lanes, 0);
  store_half(right, lanes, 4);
}

}  // namespace detaudit::kernels
