#pragma once

#include <cstddef>

namespace detaudit::kernels {

// How an operand of gemm lies in memory. A line is a row of op(A) or a column of op(B); a step is
// one k. kLines: a line's steps are neighbours; kSteps: a step's lines are.
enum class Storage { kLines, kSteps };

struct Operand {
  const float* data;
  size_t stride;  // between stored rows, in elements
  Storage storage;
};

// Packs lines [line, line + lines) at steps [step, step + depth) so that a tile reads them in
// order: packed[p * width + l], lines past `lines` (at most `width`) being zeros.
void pack_panel(const Operand& operand, size_t line, size_t lines, size_t step, size_t depth,
                size_t width, float* packed);

}  // namespace detaudit::kernels
