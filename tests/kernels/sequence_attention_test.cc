#include <algorithm>

#include "kernels/attention.h"
#include "tests/kernels/sequence_harness.h"

namespace detaudit::kernels {
namespace {

struct AttentionCase {
  AttentionShape shape;
  size_t rows, width;  // of the output
  Floats qkv, doutput;
  explicit AttentionCase(AttentionShape s)
      : shape(s),
        rows(s.batch * s.sequence),
        width(s.heads * s.dim),
        qkv(normals(3 * rows * width, 1)),
        doutput(normals(rows * width, 2)) {}

  // output, log_sum, dqkv behind one another.
  auto runner(Variant variant) const {
    return [this, variant, space = workspace(attention_workspace_bytes(shape))](Pool& pool,
                                                                                Floats& out) {
      float *output = out.data(), *log_sum = output + rows * width, *dqkv = log_sum + log_sums();
      attention_forward(pool, shape, qkv.data(), output, log_sum);
      attention_backward(pool, variant, shape, {qkv.data(), output, log_sum}, doutput.data(), dqkv,
                         space.get());
    };
  }
  size_t log_sums() const { return rows * shape.heads; }
  size_t outputs() const { return 4 * rows * width + log_sums(); }

  // One head's output of one batch entry, in double.
  Doubles reference_head(const Doubles& in, size_t batch, size_t head) const {
    size_t n = shape.sequence, dim = shape.dim;
    auto part = [&](size_t which, size_t row) {
      return in.data() + ((batch * n + row) * 3 + which) * width + head * dim;
    };
    Doubles y(n * dim);
    for (size_t q = 0; q < n; ++q) {
      Doubles weight(q + 1);
      double total = 0;
      for (size_t k = 0; k <= q; ++k) {
        double score = 0;
        for (size_t d = 0; d < dim; ++d) score += part(0, q)[d] * part(1, k)[d];
        total += weight[k] = std::exp(score / std::sqrt(dim));
      }
      for (size_t k = 0; k <= q; ++k)
        for (size_t d = 0; d < dim; ++d) y[q * dim + d] += weight[k] / total * part(2, k)[d];
    }
    return y;
  }
  double head_loss(const Doubles& in, size_t batch, size_t head) const {
    Doubles y = reference_head(in, batch, head);
    double total = 0;
    for (size_t i = 0; i < y.size(); ++i) {
      size_t row = batch * shape.sequence + i / shape.dim;
      total += y[i] * doutput[row * width + head * shape.dim + i % shape.dim];
    }
    return total;
  }
};

// One tile; two tiles with a remainder, tile by tile and head by head.
const AttentionShape kShapes[] = {{1, 5, 1, 4}, {2, 70, 2, 8}, {4, 100, 4, 16}};

TEST(Attention, ForwardMatchesDouble) {
  for (AttentionShape shape : kShapes) {
    AttentionCase attention(shape);
    Pool pool(2);
    Floats out = run_once(pool, attention.outputs(), attention.runner(Variant::kDeterministic));
    for (size_t head = 0; head < shape.heads; ++head) {
      Doubles y = attention.reference_head(widen(attention.qkv), shape.batch - 1, head);
      for (size_t i = 0; i < y.size(); ++i) {
        size_t row = (shape.batch - 1) * shape.sequence + i / shape.dim;
        // A mean of values of order 1 with weights off by exp's ulp and the score's gamma(dim).
        ASSERT_NEAR(out[row * attention.width + head * shape.dim + i % shape.dim], y[i],
                    gamma(shape.sequence + 20 * shape.dim) * 8);
      }
    }
  }
}

TEST(Attention, BackwardMatchesDifferences) {
  for (AttentionShape shape : kShapes) {
    AttentionCase attention(shape);
    Pool pool(3);
    Doubles in = widen(attention.qkv);
    for (Variant variant : {Variant::kAtomic, Variant::kDeterministic}) {
      Floats out = run_once(pool, attention.outputs(), attention.runner(variant));
      const float* dqkv = out.data() + attention.rows * attention.width + attention.log_sums();
      for (size_t i = 0; i < in.size(); i += 1 + in.size() / 60) {
        size_t batch = i / (3 * attention.width * shape.sequence);
        size_t head = i % attention.width / shape.dim;
        double expected = numeric_gradient(
            in, i, [&](const Doubles& x) { return attention.head_loss(x, batch, head); });
        ASSERT_NEAR(dqkv[i], expected, 1e-4 * (1 + std::abs(expected))) << "dqkv " << i;
      }
    }
  }
}

TEST(Attention, BitsDependOnNoThreadCount) {
  for (AttentionShape shape : {AttentionShape{1, 150, 2, 16}, {4, 130, 4, 8}}) {
    AttentionCase attention(shape);
    expect_same_bits_on_any_threads(attention.outputs(), attention.runner(Variant::kDeterministic));
  }
}

// On four workers sixteen heads are owned whole; the same sequences one by one have two heads and go
// by tiles.
TEST(Attention, BothSchedulesGiveTheSameBits) {
  AttentionCase whole({8, 130, 2, 16});
  Pool pool(4);
  Floats all = run_once(pool, whole.outputs(), whole.runner(Variant::kDeterministic));
  const float* all_dqkv = all.data() + whole.rows * whole.width + whole.log_sums();
  size_t per_batch = 3 * whole.width * whole.shape.sequence;
  for (size_t batch = 0; batch < whole.shape.batch; ++batch) {
    AttentionCase single({1, 130, 2, 16});
    std::copy_n(whole.qkv.data() + batch * per_batch, per_batch, single.qkv.data());
    std::copy_n(whole.doutput.data() + batch * per_batch / 3, per_batch / 3, single.doutput.data());
    Floats out = run_once(pool, single.outputs(), single.runner(Variant::kDeterministic));
    const float* dqkv = out.data() + single.rows * single.width + single.log_sums();
    EXPECT_TRUE(std::equal(dqkv, dqkv + per_batch, all_dqkv + batch * per_batch));
  }
}

// Four key tiles add to the last query tile's dQ: 16 times 1024 sums of four terms each.
TEST(Attention, AtomicQueryGradientVaries) {
  AttentionCase attention({4, 256, 4, 16});
  EXPECT_GT(distinct_results(attention.outputs(), attention.runner(Variant::kAtomic)), 1u);
}

}  // namespace
}  // namespace detaudit::kernels
