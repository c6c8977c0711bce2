#include "kernels/catalogue.h"

#include <algorithm>

#include "kernels/pairs_image.h"
#include "kernels/pairs_sequence.h"

namespace detaudit::kernels {

std::span<const Pair> catalogue() {
  static const std::vector<Pair> kAll = [] {
    std::vector<Pair> all;
    for (std::span<const Pair> pairs : {image_pairs(), sequence_pairs()})
      all.insert(all.end(), pairs.begin(), pairs.end());
    std::sort(all.begin(), all.end(), [](const Pair& a, const Pair& b) { return a.op < b.op; });
    return all;
  }();
  return kAll;
}

const Pair* find_pair(std::string_view op) {
  for (const Pair& pair : catalogue())
    if (pair.op == op) return &pair;
  return nullptr;
}

}  // namespace detaudit::kernels
