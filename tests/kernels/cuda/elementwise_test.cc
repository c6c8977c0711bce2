#include "kernels/cuda/elementwise.h"

#include "kernels/activation.h"
#include "kernels/dropout.h"
#include "kernels/optimizer.h"
#include "tests/kernels/cuda/twin_harness.h"

namespace detaudit::kernels::cuda {
namespace {

constexpr size_t kSizes[] = {0, 1, 3, 31, 257, 8193};

// cpu(x, z, y) and device(stream, x, z, y): two inputs, one output.
template <class Cpu, class Device>
void expect_twins(const char* what, const Cpu& cpu, const Device& device) {
  under_every_order([&](Stream& stream) {
    for (size_t n : kSizes)
      for (Values kind : kAllValues) {
        const Floats x = make_values(n, 1, kind), z = make_values(n, 2, kind);
        Floats expected = garbage(n), y = garbage(n);
        cpu(n, x.data(), z.data(), expected.data());
        device(stream, n, x.data(), z.data(), y.data());
        expect_same_bits(expected, y, what);
      }
  });
}

TEST(EmulatedElementwise, Activations) {
  Pool& pool = test_pool();
  expect_twins(
      "relu_forward", [&](auto n, auto x, auto, auto y) { kernels::relu_forward(pool, n, x, y); },
      [](Stream& s, auto n, auto x, auto, auto y) { relu_forward(s, n, x, y); });
  expect_twins(
      "relu_backward",
      [&](auto n, auto x, auto z, auto y) { kernels::relu_backward(pool, n, x, z, y); },
      [](Stream& s, auto n, auto x, auto z, auto y) { relu_backward(s, n, x, z, y); });
  expect_twins(
      "gelu_forward", [&](auto n, auto x, auto, auto y) { kernels::gelu_forward(pool, n, x, y); },
      [](Stream& s, auto n, auto x, auto, auto y) { gelu_forward(s, n, x, y); });
  Floats cpu_again, device_again;
  expect_twins(
      "gelu_backward",
      [&](auto n, auto x, auto z, auto y) {
        cpu_again = garbage(n);
        kernels::gelu_backward(pool, n, x, z, y, cpu_again.data());
      },
      [&](Stream& s, auto n, auto x, auto z, auto y) {
        device_again = garbage(n);
        gelu_backward(s, n, x, z, y, device_again.data());
        expect_same_bits(cpu_again, device_again, "gelu_backward's y");
      });
}

TEST(EmulatedElementwise, Dropout) {
  under_every_order([&](Stream& stream) {
    for (size_t n : kSizes)
      for (Values kind : kAllValues) {
        const Floats x = make_values(n, 1, kind);
        Philox host = philox_stream(5, 1), drawn = host;
        Floats expected = garbage(n), y = garbage(n);
        std::vector<uint8_t> expected_mask(n), mask(n);
        kernels::dropout_forward(test_pool(), host, 0.3f, n, x.data(), expected.data(),
                                 expected_mask.data());
        dropout_forward(stream, drawn, 0.3f, n, x.data(), y.data(), mask.data());
        expect_same_bits(expected, y, "dropout_forward");
        EXPECT_EQ(expected_mask, mask);
        EXPECT_EQ(host.counter, drawn.counter);
        kernels::dropout_backward(test_pool(), 0.3f, n, mask.data(), x.data(), expected.data());
        dropout_backward(stream, 0.3f, n, mask.data(), x.data(), y.data());
        expect_same_bits(expected, y, "dropout_backward");
      }
  });
}

TEST(EmulatedElementwise, Normals) {
  under_every_order([&](Stream& stream) {
    for (size_t n : kSizes) {
      Philox host = philox_stream(5, 1), drawn = host;
      Floats expected = garbage(n), x = garbage(n);
      kernels::fill_normal(test_pool(), host, 0.5f, 2.0f, n, expected.data());
      fill_normal(stream, drawn, 0.5f, 2.0f, n, x.data());
      expect_same_bits(expected, x, "fill_normal");
      EXPECT_EQ(host.counter, drawn.counter);
    }
  });
}

TEST(EmulatedElementwise, Optimizers) {
  under_every_order([&](Stream& stream) {
    for (size_t n : kSizes)
      for (Values kind : kAllValues) {
        const Floats gradient = make_values(n, 1, kind);
        Floats weight = make_values(n, 2, kind), first = make_values(n, 3, kind);
        Floats second = make_values(n, 4, kind);
        Floats w = weight, f = first, s = second;
        SgdOptions sgd;
        sgd.momentum = 0.9f, sgd.weight_decay = 1e-3f;
        kernels::sgd_update(test_pool(), sgd, n, gradient.data(), weight.data(), first.data());
        sgd_update(stream, sgd, n, gradient.data(), w.data(), f.data());
        expect_same_bits(weight, w, "sgd_update weight");
        expect_same_bits(first, f, "sgd_update velocity");
        AdamOptions adam;
        adam.weight_decay = 1e-2f;
        kernels::adam_update(test_pool(), adam, 7, n, gradient.data(), weight.data(), first.data(),
                             second.data());
        adam_update(stream, adam, 7, n, gradient.data(), w.data(), f.data(), s.data());
        expect_same_bits(weight, w, "adam_update weight");
        expect_same_bits(first, f, "adam_update mean");
        expect_same_bits(second, s, "adam_update variance");
      }
  });
}

}  // namespace
}  // namespace detaudit::kernels::cuda
