#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "kernels/target.h"

// Elementary functions of float whose bits are the same on every platform: IEEE operations and
// FMAs in a written order, no libm. Branch-free, so that loops over them vectorise to the same
// bits. Largest errors against the exact value, over all floats of a range
// (tests/unit/kernels/math_test.cc): exp 1.1 ulp, log 0.9, tanh 1.3, erf 1.1, rsqrt 1.5; sqrt is
// correctly rounded. NaN in gives the NaN kNan out, as does a pole's wrong side (log, rsqrt, sqrt
// of x < 0). Denormals count in full (the thread must not run with FTZ or DAZ). Odd functions keep
// a zero's sign. Polynomials: minimax (Remez), fitted for this file.
namespace detaudit::kernels {

inline constexpr float kNan = std::bit_cast<float>(0x7fc00000u);
inline constexpr float kInf = std::numeric_limits<float>::infinity();

// What a kernel stores in place of any NaN that it computed: processors differ in its bits.
DETAUDIT_BOTH float canonical(float x) { return x == x ? x : kNan; }

#ifdef __CUDA_ARCH__
DETAUDIT_BOTH float fma(float a, float b, float c) { return __fmaf_rn(a, b, c); }
DETAUDIT_BOTH float rounded_sqrt(float x) { return __fsqrt_rn(x); }
DETAUDIT_BOTH float nearest_integer(float x) { return rintf(x); }  // ties to even
#else
DETAUDIT_BOTH float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
DETAUDIT_BOTH float rounded_sqrt(float x) { return std::sqrt(x); }
DETAUDIT_BOTH float nearest_integer(float x) { return __builtin_rintf(x); }
#endif

DETAUDIT_BOTH float with_sign_of(float magnitude, float sign) {
  return std::bit_cast<float>((std::bit_cast<uint32_t>(magnitude) & 0x7fffffffu) |
                              (std::bit_cast<uint32_t>(sign) & 0x80000000u));
}

DETAUDIT_BOTH float absolute(float x) {
  return std::bit_cast<float>(std::bit_cast<uint32_t>(x) & 0x7fffffffu);
}

DETAUDIT_BOTH float power_of_two(int32_t exponent) {  // -126 .. 127
  return std::bit_cast<float>((exponent + 127) << 23);
}

// e^x = 2^n (1 + r + r^2 q(r)), |r| <= ln(2)/2. Overflows to infinity above 88.72, to 0 below
// -103.97.
DETAUDIT_BOTH float exp(float x) {
  constexpr float kRound = 0x1.8p23f;  // adding it rounds to an integer, kept in the low bits
  const float low = x < -104.0f ? -104.0f : x;
  const float in = low > 89.0f ? 89.0f : low;
  const float shifted = fma(in, 0x1.715476p+0f, kRound);
  const float n = shifted - kRound;
  const int32_t i = std::bit_cast<int32_t>(shifted) - std::bit_cast<int32_t>(kRound);
  const float r = fma(n, 0x1.05c61p-29f, fma(n, -0x1.62e43p-1f, in));
  float q = 0.00139508504f;
  q = fma(q, r, 0.00836909619f);
  q = fma(q, r, 0.0416662004f);
  q = fma(q, r, 0.166665171f);
  q = fma(q, r, 0.50000001f);
  const float p = fma(r * r, q, r) + 1.0f;
  const float y = p * power_of_two(i >> 1) * power_of_two(i - (i >> 1));
  return x == x ? y : kNan;
}

// log(x) = e ln(2) + f - f^2/2 + f^3 q(f), 1 + f in [sqrt(1/2), sqrt(2)). log(+-0) = -infinity.
DETAUDIT_BOTH float log(float x) {
  const bool small = x < 0x1p-126f;
  const float scaled = small ? x * 0x1p24f : x;
  const uint32_t bits = std::bit_cast<uint32_t>(scaled);  // of what is negative, they wrap around
  const int32_t shift = static_cast<int32_t>(bits - 0x3f3504f3u) >> 23;
  const float e = static_cast<float>(shift) - (small ? 24.0f : 0.0f);
  const float f = std::bit_cast<float>(bits - (static_cast<uint32_t>(shift) << 23)) - 1.0f;
  float q = 0.0691558629f;
  q = fma(q, f, -0.117898697f);
  q = fma(q, f, 0.118729081f);
  q = fma(q, f, -0.123843335f);
  q = fma(q, f, 0.142186661f);
  q = fma(q, f, -0.16669252f);
  q = fma(q, f, 0.200022262f);
  q = fma(q, f, -0.249999866f);
  q = fma(q, f, 0.333333104f);
  const float tail = fma(f * f, fma(q, f, -0.5f), e * -0x1.05c61p-29f);
  const float y = fma(e, 0x1.62e43p-1f, f + tail);
  const float positive = x == kInf ? kInf : y;
  return x > 0.0f ? positive : (x == 0.0f ? -kInf : kNan);
}

// Near 0 an odd polynomial, else 1 - 2 / (e^2|x| + 1).
DETAUDIT_BOTH float tanh(float x) {
  const float t = absolute(x);
  const float s = t * t;
  float q = 0.00206468602f;
  q = fma(q, s, -0.0080919958f);
  q = fma(q, s, 0.0216663606f);
  q = fma(q, s, -0.0539405663f);
  q = fma(q, s, 0.13333158f);
  q = fma(q, s, -0.333333296f);
  const float near = fma(t * s, q, t);
  const float far = 1.0f - 2.0f / (exp(t + t) + 1.0f);
  const float y = with_sign_of(t < 0.65f ? near : far, x);
  return x == x ? y : kNan;
}

// Near 0 an odd polynomial, else 1 - e^(-t - t q(t)), t = |x|; 1 from 3.92 on.
DETAUDIT_BOTH float erf(float x) {
  const float t = absolute(x);
  const float s = t * t;
  float p = 8.34487925e-05f;
  p = fma(p, s, -0.000813735556f);
  p = fma(p, s, 0.00520062707f);
  p = fma(p, s, -0.0268592679f);
  p = fma(p, s, 0.112836939f);
  p = fma(p, s, -0.376126337f);
  p = fma(p, s, 0.128379167f);
  const float near = fma(p, t, t);
  const float u = t < 3.95f ? t : 3.95f;
  float q = 1.12315192e-05f;
  q = fma(q, u, -0.00032280596f);
  q = fma(q, u, 0.00364246744f);
  q = fma(q, u, -0.0237620804f);
  q = fma(q, u, 0.106236897f);
  q = fma(q, u, 0.635151305f);
  q = fma(q, u, 0.128648493f);
  const float far = 1.0f - exp(fma(q, -u, -u));
  const float y = with_sign_of(t < 0.925f ? near : far, x);
  return x == x ? y : kNan;
}

DETAUDIT_BOTH float sqrt(float x) { return x >= 0.0f ? rounded_sqrt(x) : kNan; }

// 1 / sqrt(x), both correctly rounded. Infinity at +0, -infinity at -0, 0 at infinity.
DETAUDIT_BOTH float rsqrt(float x) { return x >= 0.0f ? 1.0f / rounded_sqrt(x) : kNan; }

// The normal distribution's cumulative function, (1 + erf(x / sqrt(2))) / 2; absolute error 1e-7.
DETAUDIT_BOTH float normal_cdf(float x) { return fma(erf(x * 0x1.6a09e6p-1f), 0.5f, 0.5f); }

// GELU x cdf(x) (the exact one, not the tanh approximation) and its derivative.
DETAUDIT_BOTH float gelu(float x) { return x * normal_cdf(x); }
DETAUDIT_BOTH float gelu_derivative(float x) {
  const float density = 0x1.988454p-2f * exp(x * x * -0.5f);
  return fma(x, density, normal_cdf(x));
}

}  // namespace detaudit::kernels
