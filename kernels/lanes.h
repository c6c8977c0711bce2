#pragma once

#include <cstddef>

namespace detaudit::kernels {

// Eight floats that are worked on lane by lane. Every operation is eight IEEE operations, whatever
// the instruction set, so a sum in lanes has the same bits everywhere.
using Lanes = float __attribute__((vector_size(32)));
inline constexpr size_t kLanes = 8;

inline Lanes load(const float* p) {
  using Unaligned = float __attribute__((vector_size(32), aligned(4), may_alias));
  return *reinterpret_cast<const Unaligned*>(p);
}
inline void store(float* p, Lanes v) {
  using Unaligned = float __attribute__((vector_size(32), aligned(4), may_alias));
  *reinterpret_cast<Unaligned*>(p) = v;
}
// The first `count` < 8 floats at p, the rest zero.
inline Lanes load_head(const float* p, size_t count) {
  Lanes v{};
  for (size_t i = 0; i < count; ++i) v[i] = p[i];
  return v;
}
inline Lanes broadcast(float x) { return Lanes{x, x, x, x, x, x, x, x}; }
inline Lanes fma(Lanes a, Lanes b, Lanes c) {
  Lanes r;
  for (size_t i = 0; i < kLanes; ++i) r[i] = __builtin_fmaf(a[i], b[i], c[i]);
  return r;
}
// A fixed tree over the lanes.
inline float fold(Lanes v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

// Eight elements at an offset, or at the end of an array the first `count` of them: the lanes
// beyond read as zero, and `only` makes them zero in what was computed.
struct WholeLanes {
  size_t offset;
  Lanes operator()(const float* p) const { return load(p + offset); }
  Lanes only(Lanes v) const { return v; }
};
struct HeadLanes {
  size_t offset, count;
  Lanes operator()(const float* p) const { return load_head(p + offset, count); }
  Lanes only(Lanes v) const {
    for (size_t i = count; i < kLanes; ++i) v[i] = 0;
    return v;
  }
};

// Folds acc = term(acc, at) over [0, n) in 32 lanes: element i belongs to lane i mod 32, a lane
// takes its elements in order, a fixed tree folds the lanes. The result depends on n and the
// elements alone. `at(p)` gives the elements of p that the term is about.
template <typename Term>
inline float fold_lanes(size_t n, Term term) {
  Lanes acc[4] = {};
  size_t i = 0;
  for (; i + 32 <= n; i += 32)
    for (size_t j = 0; j < 4; ++j) acc[j] = term(acc[j], WholeLanes{i + j * kLanes});
  for (size_t j = 0; i < n; ++j, i += kLanes) {
    bool whole = n - i >= kLanes;
    acc[j] = whole ? term(acc[j], WholeLanes{i}) : term(acc[j], HeadLanes{i, n - i});
  }
  return fold((acc[0] + acc[1]) + (acc[2] + acc[3]));
}

inline float sum_lanes(const float* x, size_t n) {
  return fold_lanes(n, [=](Lanes acc, auto at) { return acc + at(x); });
}
inline float sum_squares_lanes(const float* x, size_t n) {
  return fold_lanes(n, [=](Lanes acc, auto at) { return fma(at(x), at(x), acc); });
}
// The largest element that is not NaN; -infinity when there is none. No order matters.
inline float max_lanes(const float* x, size_t n) {
  float largest = -__builtin_inff();
  Lanes acc = broadcast(largest);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    Lanes v = load(x + i);
    acc = v > acc ? v : acc;
  }
  for (size_t j = 0; j < kLanes; ++j) largest = acc[j] > largest ? acc[j] : largest;
  for (; i < n; ++i) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

}  // namespace detaudit::kernels
