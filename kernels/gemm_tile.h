#pragma once

#include <cstddef>
#include <span>

#include "kernels/gemm.h"

// The inner loop of gemm, one implementation an instruction set. For kernels/gemm*.cc and tests.
namespace detaudit::kernels {

// Runs the k-ordered chains of a tile of C in registers: a holds a step's rows, packed, a_stride
// apart; b its columns, b_stride apart. kOverwrite starts the chains at 0. NaN is written as kNan.
using RunTile = void (*)(size_t k, const float* a, size_t a_stride, const float* b, size_t b_stride,
                         float* c, size_t ldc, GemmOutput output);

// The tiles of one instruction set: up to `rows` rows and `columns` columns, in whole vectors.
struct GemmTile {
  const char* name;
  size_t rows, columns;
  size_t vector;        // columns come in multiples of this
  const RunTile* runs;  // [columns / vector - 1][rows - 1]

  RunTile run(size_t tile_rows, size_t vectors) const {
    return runs[(vectors - 1) * rows + tile_rows - 1];
  }
};

inline constexpr size_t kMaxTileRows = 14;
inline constexpr size_t kMaxTileColumns = 32;

const GemmTile& portable_tile();

// What this CPU can run, fastest last.
std::span<const GemmTile> available_gemm_tiles();

// gemm with a given tile; on the calling thread alone when pool is null.
void gemm_with(const GemmTile& tile, Pool* pool, Transpose a, Transpose b, size_t m, size_t n,
               size_t k, const float* A, size_t lda, const float* B, size_t ldb, float* C,
               size_t ldc, GemmOutput output);

}  // namespace detaudit::kernels
