#pragma once

#include <cstdint>

#include "auditor/workload/images.h"
#include "kernels/pool.h"

namespace detaudit::workload {

inline constexpr size_t kDrawnSide = 28;

// Fills `set` with drawings of ten kinds of strokes, each at a place, size, slant, contrast and
// polarity of its own, with distracting strokes and noise. Image i depends on (seed, first + i)
// alone, so ranges that do not overlap share no image, and any thread may draw any image. The set's
// images are kDrawnSide pixels square; it has room for them.
void draw_images(kernels::Pool& pool, uint64_t seed, uint64_t first, ImageSet& set);

}  // namespace detaudit::workload
