#pragma once

#include <cstddef>
#include <vector>

namespace detaudit::kernels {

// An operation's output computed in float64, in the plainest way, and for each element the sum of
// the absolute values of its terms: what rounding errors are relative to.
struct Reference {
  explicit Reference(size_t elements) : values(elements), magnitudes(elements) {}
  void add(size_t element, double term) {
    values[element] += term;
    magnitudes[element] += term < 0 ? -term : term;
  }
  std::vector<double> values;
  std::vector<double> magnitudes;
};

// Bound on the relative rounding error of a float32 result that `roundings` roundings reach.
inline double rounding_bound(size_t roundings) {
  double nu = static_cast<double>(roundings) * 0x1p-24;
  return nu / (1 - nu);
}

}  // namespace detaudit::kernels
