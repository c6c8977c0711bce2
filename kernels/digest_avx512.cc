#include <immintrin.h>

#include "kernels/digest_x86.h"

// GCC 12 takes the undefined operands inside its own intrinsics for ours.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

namespace detaudit::kernels {
namespace {

// All lanes in registers.
struct Registers {
  __m512i key, product, weighted, sum;
};

[[gnu::target("avx512f"), gnu::always_inline]] inline void accumulate(Registers& lanes,
                                                                      __m512i stride,
                                                                      const unsigned char* data) {
  const __m512i x = _mm512_xor_si512(_mm512_loadu_si512(data), lanes.key);
  lanes.key = _mm512_add_epi64(lanes.key, stride);
  lanes.product = _mm512_add_epi64(lanes.product, _mm512_mul_epu32(x, _mm512_srli_epi64(x, 32)));
  lanes.weighted = _mm512_add_epi64(lanes.weighted, lanes.product);
  lanes.sum = _mm512_add_epi64(lanes.sum, x);
}

}  // namespace

[[gnu::target("avx512f")]] void accumulate_avx512(const unsigned char* data, size_t stripes,
                                                  const unsigned char* tail, DigestLanes& lanes) {
  const __m512i zero = _mm512_setzero_si512();
  const __m512i stride = _mm512_loadu_si512(kKeyStride);
  Registers registers = {_mm512_loadu_si512(kFirstKey), zero, zero, zero};
#pragma GCC unroll 4
  for (size_t s = 0; s < stripes; ++s, data += kStripeBytes) {
    _mm_prefetch(data + kNearPrefetchBytes, _MM_HINT_T0);
    _mm_prefetch(data + kFarPrefetchBytes, _MM_HINT_T1);
    accumulate(registers, stride, data);
  }
  if (tail != nullptr) accumulate(registers, stride, tail);
  _mm512_store_si512(lanes.product, registers.product);
  _mm512_store_si512(lanes.weighted, registers.weighted);
  _mm512_store_si512(lanes.sum, registers.sum);
}

}  // namespace detaudit::kernels
