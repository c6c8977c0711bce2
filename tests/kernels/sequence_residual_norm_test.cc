#include <bit>

#include "kernels/dropout.h"
#include "kernels/layer_norm.h"
#include "tests/kernels/sequence_harness.h"

// Residual connections that end in a norm, against the separate steps that they are made of: equal
// bits, in either variant of what needs two.
namespace detaudit::kernels {
namespace {

constexpr float kRate = 0.3f;
// Rows that begin within a block of the generator's four words, and rows of several blocks.
constexpr MatrixShape kShapes[] = {{1, 1}, {3, 9}, {70, 33}, {100, 64}, {333, 6}};

struct Output {
  explicit Output(MatrixShape s)
      : sum(s.rows * s.cols), y(sum.size()), mean(s.rows), rstd(s.rows), mask(sum.size()) {}
  Floats sum, y, mean, rstd;
  std::vector<uint8_t> mask;
  Philox state = philox_stream(11, 3);

  LayerNormSaved saved(const Floats& scale) const {
    return {sum.data(), scale.data(), mean.data(), rstd.data()};
  }
};

struct Gradients {
  explicit Gradients(MatrixShape s)
      : dx(s.rows * s.cols), dgamma(s.cols), dbeta(s.cols), dbranch(dx.size()) {}
  Floats dx, dgamma, dbeta, dbranch;
};

void expect_same_bits(const Floats& expected, const Floats& got, const char* what) {
  ASSERT_EQ(expected.size(), got.size());
  for (size_t i = 0; i < got.size(); ++i)
    ASSERT_EQ(std::bit_cast<uint32_t>(expected[i]), std::bit_cast<uint32_t>(got[i]))
        << what << " " << i;
}

// With zeros of both signs, and now and then a NaN with a payload.
Floats values(size_t n, uint64_t seed) {
  Floats x = normals(n, seed);
  for (size_t i = seed; i < n; i += 7) x[i] = i % 2 ? -0.0f : 0.0f;
  for (size_t i = seed + 40; i < n; i += 211) x[i] = std::bit_cast<float>(0xffa00001u);
  return x;
}

struct ResidualCase {
  explicit ResidualCase(MatrixShape s)
      : shape(s),
        trunk(values(s.rows * s.cols, 1)),
        branch(values(trunk.size(), 2)),
        scale(normals(s.cols, 3)),
        shift(normals(s.cols, 4)),
        dy(values(trunk.size(), 5)),
        past(values(trunk.size(), 6)) {}

  Output in_steps(Pool& pool, bool dropping) const {
    Output out(shape);
    Floats kept = branch;
    if (dropping)
      dropout_forward(pool, out.state, kRate, kept.size(), branch.data(), kept.data(),
                      out.mask.data());
    for (size_t i = 0; i < kept.size(); ++i) {
      const float sum = trunk[i] + kept[i];
      out.sum[i] = std::isnan(sum) ? std::bit_cast<float>(0x7fc00000u) : sum;
    }
    layer_norm_forward(pool, shape, out.sum.data(), scale.data(), shift.data(), out.y.data(),
                       out.mean.data(), out.rstd.data());
    return out;
  }
  Output at_once(Pool& pool, bool dropping) const {
    Output out(shape);
    const ResidualSum residual{trunk.data(), branch.data(), out.sum.data()};
    if (dropping)
      dropout_add_layer_norm_forward(pool, shape, {&out.state, kRate, out.mask.data()}, residual,
                                     scale.data(), shift.data(), out.y.data(), out.mean.data(),
                                     out.rstd.data());
    else
      add_layer_norm_forward(pool, shape, residual, scale.data(), shift.data(), out.y.data(),
                             out.mean.data(), out.rstd.data());
    return out;
  }

  Gradients backward_in_steps(Pool& pool, const Output& forward) const {
    Gradients out(shape);
    const auto space = workspace(layer_norm_workspace_bytes(shape));
    layer_norm_backward(pool, Variant::kDeterministic, shape, forward.saved(scale), {dy.data()},
                        {out.dx.data(), out.dgamma.data(), out.dbeta.data()}, space.get());
    for (size_t i = 0; i < past.size(); ++i) {
      out.dx[i] += past[i];
      if (std::isnan(out.dx[i])) out.dx[i] = std::bit_cast<float>(0x7fc00000u);
    }
    dropout_backward(pool, kRate, out.dx.size(), forward.mask.data(), out.dx.data(),
                     out.dbranch.data());
    return out;
  }
  Gradients backward_at_once(Pool& pool, Variant variant, const Output& forward) const {
    Gradients out(shape);
    const auto space = workspace(layer_norm_workspace_bytes(shape));
    LayerNormSaved saved = forward.saved(scale);
    saved.mask = forward.mask.data();
    saved.rate = kRate;
    layer_norm_backward(pool, variant, shape, saved, {dy.data(), past.data()},
                        {out.dx.data(), out.dgamma.data(), out.dbeta.data(), out.dbranch.data()},
                        space.get());
    return out;
  }

  MatrixShape shape;
  Floats trunk, branch, scale, shift, dy, past;
};

TEST(ResidualNorm, ForwardHasTheBitsOfItsSteps) {
  for (unsigned threads : {1u, 3u})
    for (MatrixShape shape : kShapes)
      for (bool dropping : {false, true}) {
        const ResidualCase layer(shape);
        Pool pool(threads);
        const Output expected = layer.in_steps(pool, dropping), got = layer.at_once(pool, dropping);
        expect_same_bits(expected.sum, got.sum, "sum");
        expect_same_bits(expected.y, got.y, "y");
        expect_same_bits(expected.mean, got.mean, "mean");
        expect_same_bits(expected.rstd, got.rstd, "rstd");
        EXPECT_EQ(expected.mask, got.mask);
        EXPECT_EQ(expected.state.counter, got.state.counter);
      }
}

TEST(ResidualNorm, BackwardHasTheBitsOfItsSteps) {
  for (unsigned threads : {1u, 3u})
    for (MatrixShape shape : kShapes) {
      const ResidualCase layer(shape);
      Pool pool(threads);
      const Output forward = layer.in_steps(pool, true);
      const Gradients expected = layer.backward_in_steps(pool, forward);
      for (Variant variant : {Variant::kDeterministic, Variant::kAtomic}) {
        const Gradients got = layer.backward_at_once(pool, variant, forward);
        expect_same_bits(expected.dx, got.dx, "dx");
        expect_same_bits(expected.dbranch, got.dbranch, "dbranch");
        if (variant == Variant::kAtomic) continue;
        expect_same_bits(expected.dgamma, got.dgamma, "dgamma");
        expect_same_bits(expected.dbeta, got.dbeta, "dbeta");
      }
    }
}

// Half of the elements stay, and those of the gradient are the same ones.
TEST(ResidualNorm, DropoutReachesTheBranchAlone) {
  const MatrixShape shape{200, 50};
  ResidualCase layer(shape);
  layer.trunk.assign(layer.trunk.size(), 0);
  layer.branch.assign(layer.branch.size(), 1);
  layer.dy.assign(layer.dy.size(), 0);
  layer.past.assign(layer.past.size(), 1);
  Pool pool(2);
  const Output forward = layer.at_once(pool, true);
  const Gradients gradients = layer.backward_at_once(pool, Variant::kDeterministic, forward);
  for (size_t i = 0; i < forward.sum.size(); ++i) {
    ASSERT_EQ(forward.sum[i], forward.mask[i] ? 1 / (1 - kRate) : 0.0f);
    ASSERT_EQ(gradients.dx[i], 1.0f);
    ASSERT_EQ(gradients.dbranch[i], forward.sum[i]);
  }
}

}  // namespace
}  // namespace detaudit::kernels
