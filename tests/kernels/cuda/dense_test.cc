#include "kernels/cuda/dense.h"

#include "tests/kernels/cuda/twin_harness.h"

namespace detaudit::kernels::cuda {
namespace {

constexpr DenseShape kShapes[] = {{1, 1, 1},   {3, 5, 2},     {17, 16, 15}, {65, 64, 63},
                                  {7, 130, 9}, {100, 33, 70}, {2, 0, 3}};

TEST(EmulatedDense, Gemm) {
  under_every_order([&](Stream& stream) {
    for (Values kind : kAllValues)
      for (auto [m, n, k] : {DenseShape{1, 1, 1}, {33, 17, 5}, {64, 70, 40}, {5, 129, 66}})
        for (Transpose ta : {Transpose::kNo, Transpose::kYes})
          for (Transpose tb : {Transpose::kNo, Transpose::kYes})
            for (GemmOutput output : {GemmOutput::kOverwrite, GemmOutput::kAccumulate}) {
              const size_t lda = (ta == Transpose::kNo ? k : m) + 2;
              const size_t ldb = (tb == Transpose::kNo ? n : k) + 1, ldc = n + 3;
              const Floats a = make_values((m + k) * lda, 1, kind);
              const Floats b = make_values((n + k) * ldb, 2, kind);
              Floats expected = make_values(m * ldc, 3, kind), c = expected;
              kernels::gemm(test_pool(), ta, tb, m, n, k, a.data(), lda, b.data(), ldb,
                            expected.data(), ldc, output);
              gemm(stream, ta, tb, m, n, k, a.data(), lda, b.data(), ldb, c.data(), ldc, output);
              expect_same_bits(expected, c, "gemm");
            }
  });
}

// Both sizes of tile.
TEST(EmulatedDense, GemmOfManyTiles) {
  Stream stream;
  const size_t m = 700, n = 770, k = 19;
  const Floats a = make_values(m * k, 1, Values::kTiny), b = make_values(k * n, 2, Values::kTiny);
  Floats expected = garbage(m * n), c = garbage(m * n);
  kernels::gemm(test_pool(), Transpose::kNo, Transpose::kNo, m, n, k, a.data(), k, b.data(), n,
                expected.data(), n, GemmOutput::kOverwrite);
  gemm(stream, Transpose::kNo, Transpose::kNo, m, n, k, a.data(), k, b.data(), n, c.data(), n,
       GemmOutput::kOverwrite);
  expect_same_bits(expected, c, "gemm");
}

TEST(EmulatedDense, Layer) {
  under_every_order([&](Stream& stream) {
    for (Values kind : kAllValues)
      for (const DenseShape& shape : kShapes) {
        auto [rows, inputs, outputs] = shape;
        const Floats x = make_values(rows * inputs, 1, kind);
        const Floats weight = make_values(inputs * outputs, 2, kind);
        const Floats bias = make_values(outputs, 3, Values::kTiny);
        const Floats dy = make_values(rows * outputs, 4, kind);
        for (const float* b : {bias.data(), static_cast<const float*>(nullptr)}) {
          Floats expected = garbage(dy.size()), y = garbage(dy.size());
          kernels::dense_forward(test_pool(), shape, x.data(), weight.data(), b, expected.data());
          dense_forward(stream, shape, x.data(), weight.data(), b, y.data());
          expect_same_bits(expected, y, "dense_forward");
        }
        Floats expected = garbage(x.size()), dx = garbage(x.size());
        kernels::dense_backward_data(test_pool(), shape, dy.data(), weight.data(), expected.data());
        dense_backward_data(stream, shape, dy.data(), weight.data(), dx.data());
        expect_same_bits(expected, dx, "dense_backward_data");
        expected = garbage(weight.size());
        Floats dweight = garbage(weight.size());
        kernels::dense_backward_weight(test_pool(), Variant::kDeterministic, shape, x.data(),
                                       dy.data(), expected.data());
        dense_backward_weight(stream, Variant::kDeterministic, shape, x.data(), dy.data(),
                              dweight.data());
        expect_same_bits(expected, dweight, "dense_backward_weight");
      }
  });
}

TEST(EmulatedDense, AtomicWeightGradientIsClose) {
  emulation().host_threads = 2;
  Stream stream;
  for (const DenseShape& shape : kShapes) {
    auto [rows, inputs, outputs] = shape;
    const Floats x = make_values(rows * inputs, 1, Values::kOrdinary);
    const Floats dy = make_values(rows * outputs, 4, Values::kOrdinary);
    Floats expected = garbage(inputs * outputs), dweight = garbage(inputs * outputs);
    kernels::dense_backward_weight(test_pool(), Variant::kDeterministic, shape, x.data(), dy.data(),
                                   expected.data());
    dense_backward_weight(stream, Variant::kAtomic, shape, x.data(), dy.data(), dweight.data());
    // Two sums of `rows` products of at most 4, each within rows roundings of the exact one.
    const float terms = static_cast<float>(rows) + 16;
    expect_close(expected, dweight, 2 * terms * 0x1p-24f * 4 * static_cast<float>(rows));
  }
  emulation().host_threads = 1;
}

}  // namespace
}  // namespace detaudit::kernels::cuda
