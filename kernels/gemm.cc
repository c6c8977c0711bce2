#include "kernels/gemm.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "kernels/gemm_pack.h"
#include "kernels/gemm_tile.h"
#include "kernels/math.h"

namespace detaudit::kernels {
namespace {

// Blocks, in elements: a panel of B (kDepth x tile columns) stays in the first cache, a block of A
// (kHeight x kDepth) and one of B (kDepth x kWidth) in the second.
constexpr size_t kDepth = 256;
constexpr size_t kHeight = 336;  // a multiple of every tile's rows
constexpr size_t kWidth = 1024;  // and of every tile's columns

// Fewer rows of tiles than this reuse B too little to pay for packing it.
constexpr size_t kPackedRowTiles = 4;

struct Product {
  const GemmTile& tile;
  Operand a, b;
  size_t k;
  float* c;
  size_t ldc;
  GemmOutput output;
};

struct Packing {
  alignas(64) float a[kHeight * kDepth];
  alignas(64) float b[kWidth * kDepth];
};

Packing& packing() {
  thread_local const std::unique_ptr<Packing> buffers(new Packing);
  return *buffers;
}

// Lines [line, line + lines) of an operand at steps [p, p + depth), in panels of `width`.
void pack(const Operand& operand, size_t line, size_t lines, size_t p, size_t depth, size_t width,
          float* packed) {
  for (size_t l = 0; l < lines; l += width, packed += width * depth) {
    pack_panel(operand, line + l, std::min(width, lines - l), p, depth, width, packed);
  }
}

// A tile whose columns end inside a vector: the same chains, in a whole tile beside C.
void run_edge(const GemmTile& tile, RunTile run, size_t rows, size_t columns, size_t depth,
              const float* a, const float* b, size_t b_stride, float* c, size_t ldc,
              GemmOutput output) {
  alignas(64) float whole[kMaxTileRows * kMaxTileColumns];
  if (output == GemmOutput::kAccumulate) {
    std::fill(std::begin(whole), std::end(whole), 0.0f);
    for (size_t i = 0; i < rows; ++i) std::copy_n(c + i * ldc, columns, whole + i * tile.columns);
  }
  run(depth, a, tile.rows, b, b_stride, whole, tile.columns, output);
  for (size_t i = 0; i < rows; ++i) std::copy_n(whole + i * tile.columns, columns, c + i * ldc);
}

// One panel of B against a packed block of A.
void run_panel(const Product& product, size_t i, size_t rows, size_t j, size_t columns,
               size_t depth, const float* a, const float* b, size_t b_stride, GemmOutput output) {
  const GemmTile& tile = product.tile;
  const size_t vectors = block_count(columns, tile.vector);
  for (size_t r = 0; r < rows; r += tile.rows, a += tile.rows * depth) {
    const size_t height = std::min(tile.rows, rows - r);
    const RunTile run = tile.run(height, vectors);
    float* c = product.c + (i + r) * product.ldc + j;
    if (columns % tile.vector == 0) {
      run(depth, a, tile.rows, b, b_stride, c, product.ldc, output);
    } else {
      run_edge(tile, run, height, columns, depth, a, b, b_stride, c, product.ldc, output);
    }
  }
}

// Steps [p, p + depth) of C's rows x columns region, B's columns being at most kWidth.
void run_slab(const Product& product, Range rows, Range columns, size_t p, size_t depth) {
  Packing& packed = packing();
  const GemmTile& tile = product.tile;
  const GemmOutput output = p == 0 ? product.output : GemmOutput::kAccumulate;
  const bool direct =
      product.b.storage == Storage::kSteps && rows.end - rows.begin < kPackedRowTiles * tile.rows;
  const size_t packed_columns =
      direct ? (columns.end - columns.begin) % tile.columns : columns.end - columns.begin;
  const size_t packed_begin = columns.end - packed_columns;
  pack(product.b, packed_begin, packed_columns, p, depth, tile.columns, packed.b);
  for (size_t i = rows.begin; i < rows.end; i += kHeight) {
    const size_t height = std::min(kHeight, rows.end - i);
    pack(product.a, i, height, p, depth, tile.rows, packed.a);
    for (size_t j = columns.begin; j < columns.end; j += tile.columns) {
      const size_t width = std::min(tile.columns, columns.end - j);
      const bool in_place = j < packed_begin;
      const float* b = in_place ? product.b.data + p * product.b.stride + j
                                : packed.b + (j - packed_begin) * depth;
      run_panel(product, i, height, j, width, depth, packed.a, b,
                in_place ? product.b.stride : tile.columns, output);
    }
  }
}

void run_region(const Product& product, Range rows, Range columns) {
  for (size_t j = columns.begin; j < columns.end; j += kWidth) {
    const Range width = {j, std::min(j + kWidth, columns.end)};
    for (size_t p = 0; p < product.k; p += kDepth) {
      run_slab(product, rows, width, p, std::min(kDepth, product.k - p));
    }
  }
}

// How C is cut into regions, each one block of the pool's grid.
struct Cut {
  size_t height, width;  // of a region, in elements
};

// The cut whose slowest thread has least to do: arithmetic for every element of C, and packing,
// which costs a line of A or B as much as eight elements of C.
Cut choose_cut(const GemmTile& tile, size_t m, size_t n, size_t threads) {
  constexpr size_t kPackingCost = 8;
  const size_t tall = block_count(m, tile.rows), wide = block_count(n, tile.vector);
  Cut best = {};
  size_t least = SIZE_MAX;
  for (size_t down = 1; down <= std::min(tall, 2 * threads); ++down) {
    const size_t height = std::min(m, block_count(tall, down) * tile.rows);
    for (size_t across = 1; across <= std::min(wide, 2 * threads / down); ++across) {
      const size_t width = block_count(wide, across) * tile.vector;
      const size_t rounds = block_count(block_count(m, height) * block_count(n, width), threads);
      const size_t cost = rounds * (height * width + kPackingCost * (height + width));
      if (cost < least) {
        least = cost;
        best = {height, width};
      }
    }
  }
  return best;
}

}  // namespace

void gemm_with(const GemmTile& tile, Pool* pool, Transpose a, Transpose b, size_t m, size_t n,
               size_t k, const float* A, size_t lda, const float* B, size_t ldb, float* C,
               size_t ldc, GemmOutput output) {
  if (m == 0 || n == 0) return;
  if (k == 0) {
    if (output == GemmOutput::kAccumulate) return;
    for (size_t i = 0; i < m; ++i) std::fill_n(C + i * ldc, n, 0.0f);
    return;
  }
  const Operand left = {A, lda, a == Transpose::kNo ? Storage::kLines : Storage::kSteps};
  const Operand right = {B, ldb, b == Transpose::kNo ? Storage::kSteps : Storage::kLines};
  const Product product = {tile, left, right, k, C, ldc, output};
  if (pool == nullptr || pool->limit() == 1) {
    run_region(product, {0, m}, {0, n});
    return;
  }
  const Cut cut = choose_cut(tile, m, n, pool->limit());
  const size_t across = block_count(n, cut.width);
  pool->launch(block_count(m, cut.height) * across, [&](size_t block, unsigned) {
    run_region(product, block_range(block / across, m, cut.height),
               block_range(block % across, n, cut.width));
  });
}

void gemm(Pool& pool, Transpose a, Transpose b, size_t m, size_t n, size_t k, const float* A,
          size_t lda, const float* B, size_t ldb, float* C, size_t ldc, GemmOutput output) {
  static const GemmTile& fastest = available_gemm_tiles().back();
  gemm_with(fastest, &pool, a, b, m, n, k, A, lda, B, ldb, C, ldc, output);
}

void gemm_block(Transpose a, Transpose b, size_t m, size_t n, size_t k, const float* A, size_t lda,
                const float* B, size_t ldb, float* C, size_t ldc, GemmOutput output) {
  static const GemmTile& fastest = available_gemm_tiles().back();
  gemm_with(fastest, nullptr, a, b, m, n, k, A, lda, B, ldb, C, ldc, output);
}

void gemm_reference(Transpose a, Transpose b, size_t m, size_t n, size_t k, const float* A,
                    size_t lda, const float* B, size_t ldb, float* C, size_t ldc,
                    GemmOutput output) {
  if (k == 0 && output == GemmOutput::kAccumulate) return;
  for (size_t i = 0; i < m; ++i) {
    for (size_t j = 0; j < n; ++j) {
      float c = output == GemmOutput::kAccumulate ? C[i * ldc + j] : 0.0f;
      for (size_t p = 0; p < k; ++p) {
        const float x = a == Transpose::kNo ? A[i * lda + p] : A[p * lda + i];
        const float y = b == Transpose::kNo ? B[p * ldb + j] : B[j * ldb + p];
        c = std::fma(x, y, c);
      }
      C[i * ldc + j] = c == c ? c : kNan;
    }
  }
}

}  // namespace detaudit::kernels
