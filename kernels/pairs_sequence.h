#pragma once

#include <span>

#include "kernels/catalogue.h"

namespace detaudit::kernels {

// The pairs of operations on sequences and of training in general, for the catalogue.
std::span<const Pair> sequence_pairs();

}  // namespace detaudit::kernels
