#pragma once

#include <cstddef>
#include <span>

#include "kernels/gemm.h"

// The inner loop of gemm, one implementation an instruction set. For kernels/gemm*.cc and tests.
namespace detaudit::kernels {

// A tile of C held in registers while its k-ordered chains run.
struct GemmTile {
  const char* name;
  size_t rows, columns;
  // C's rows x columns tile over k steps: a holds `rows` floats a step, packed; b at least
  // `columns` a step, b_stride apart. kOverwrite starts the chains at 0. NaN results are written as
  // kNan.
  void (*run)(size_t k, const float* a, const float* b, size_t b_stride, float* c, size_t ldc,
              GemmOutput output);
};

inline constexpr size_t kMaxTileRows = 14;
inline constexpr size_t kMaxTileColumns = 32;

// What this CPU can run, fastest last.
std::span<const GemmTile> available_gemm_tiles();

void run_portable_tile(size_t k, const float* a, const float* b, size_t b_stride, float* c,
                       size_t ldc, GemmOutput output);
inline constexpr GemmTile kPortableTile = {"portable", 4, 16, run_portable_tile};

// gemm with a given tile; on the calling thread alone when pool is null.
void gemm_with(const GemmTile& tile, Pool* pool, Transpose a, Transpose b, size_t m, size_t n,
               size_t k, const float* A, size_t lda, const float* B, size_t ldb, float* C,
               size_t ldc, GemmOutput output);

}  // namespace detaudit::kernels
