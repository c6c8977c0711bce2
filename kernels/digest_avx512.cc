#include <immintrin.h>

// GCC 12 takes the undefined operands inside its own intrinsics for ours.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

#include "kernels/digest_x86.h"

namespace detaudit::kernels {

[[gnu::target("avx512f")]] void add_stripes_avx512(DigestLanes& lanes, const unsigned char* data,
                                                   size_t stripes) {
  const __m512i stride = _mm512_loadu_si512(kKeyStride);
  __m512i key = _mm512_load_si512(lanes.key);
  __m512i product = _mm512_load_si512(lanes.product);
  __m512i weighted = _mm512_load_si512(lanes.weighted);
  __m512i sum = _mm512_load_si512(lanes.sum);
#pragma GCC unroll 4
  for (size_t s = 0; s < stripes; ++s) {
    const __m512i x = _mm512_xor_si512(_mm512_loadu_si512(data + s * kStripeBytes), key);
    key = _mm512_add_epi64(key, stride);
    product = _mm512_add_epi64(product, _mm512_mul_epu32(x, _mm512_srli_epi64(x, 32)));
    weighted = _mm512_add_epi64(weighted, product);
    sum = _mm512_add_epi64(sum, x);
  }
  _mm512_store_si512(lanes.key, key);
  _mm512_store_si512(lanes.product, product);
  _mm512_store_si512(lanes.weighted, weighted);
  _mm512_store_si512(lanes.sum, sum);
}

}  // namespace detaudit::kernels
