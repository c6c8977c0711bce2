#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace detaudit::workload {

inline constexpr size_t kClasses = 10;

// Grey images of one size, 8 bits a pixel, each with its class.
struct ImageSet {
  size_t height = 0;
  size_t width = 0;
  std::vector<uint8_t> pixels;  // [size()][height][width]
  std::vector<uint8_t> labels;  // each below kClasses

  size_t size() const { return labels.size(); }
  size_t plane() const { return height * width; }
};

// What is learned from, and what is judged on and never learned from.
struct ImageData {
  ImageSet train;
  ImageSet test;
};

}  // namespace detaudit::workload
