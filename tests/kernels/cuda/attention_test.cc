#include "kernels/cuda/attention.h"

#include "tests/kernels/cuda/twin_harness.h"

namespace detaudit::kernels::cuda {
namespace {

constexpr AttentionShape kShapes[] = {{1, 1, 1, 1},   {1, 5, 2, 3},    {2, 32, 1, 32},
                                      {1, 33, 3, 16}, {1, 100, 2, 12}, {2, 70, 1, 128}};

// On a Pool or a Stream, whose functions differ by namespace alone: output, log_sum, dqkv.
template <class Device>
std::vector<Floats> attention_on(Device& device, Variant variant, AttentionShape shape,
                                 Values kind) {
  const size_t rows = shape.batch * shape.sequence, width = shape.heads * shape.dim;
  const Floats qkv = make_values(rows * 3 * width, 1, kind);
  const Floats doutput = make_values(rows * width, 2, kind);
  Floats workspace(attention_workspace_bytes(shape) / sizeof(float));
  Floats output = garbage(rows * width), log_sum = garbage(rows * shape.heads);
  Floats dqkv = garbage(qkv.size());
  attention_forward(device, shape, qkv.data(), output.data(), log_sum.data());
  attention_backward(device, variant, shape, {qkv.data(), output.data(), log_sum.data()},
                     doutput.data(), dqkv.data(), workspace.data());
  return {output, log_sum, dqkv};
}

TEST(EmulatedAttention, ForwardAndBackward) {
  under_every_order([&](Stream& stream) {
    for (AttentionShape shape : kShapes)
      for (Values kind : kAllValues) {
        const auto cpu = attention_on(test_pool(), Variant::kDeterministic, shape, kind);
        const auto device = attention_on(stream, Variant::kDeterministic, shape, kind);
        for (size_t i = 0; i < cpu.size(); ++i)
          expect_same_bits(cpu[i], device[i], "attention output " + std::to_string(i));
      }
  });
}

TEST(EmulatedAttention, AtomicIsClose) {
  emulation().host_threads = 2;
  Stream stream;
  for (AttentionShape shape : kShapes) {
    const auto cpu = attention_on(test_pool(), Variant::kDeterministic, shape, Values::kOrdinary);
    const auto device = attention_on(stream, Variant::kAtomic, shape, Values::kOrdinary);
    // dQ: at most sequence terms, each at most |ds| <= 2 * 4 dim times 2.
    const float n = static_cast<float>(shape.sequence), d = static_cast<float>(shape.dim);
    expect_close(cpu[2], device[2], 2 * n * 0x1p-24f * 16 * d * n);
  }
  emulation().host_threads = 1;
}

}  // namespace
}  // namespace detaudit::kernels::cuda
