#pragma once

#include <span>

#include "kernels/catalogue.h"

namespace detaudit::kernels {

// The pairs of operations on images, for the catalogue.
std::span<const Pair> image_pairs();

}  // namespace detaudit::kernels
