#include "kernels/cuda/images.h"

#include "tests/kernels/cuda/twin_harness.h"

namespace detaudit::kernels::cuda {
namespace {

Conv2dShape convolution(size_t batch, size_t in, size_t height, size_t width, size_t out, size_t kh,
                        size_t kw, size_t stride, size_t padding) {
  return {.batch = batch,
          .in_channels = in,
          .in_height = height,
          .in_width = width,
          .out_channels = out,
          .kernel_height = kh,
          .kernel_width = kw,
          .stride = stride,
          .padding = padding};
}

const Conv2dShape kConvolutions[] = {
    convolution(1, 1, 1, 1, 1, 1, 1, 1, 0),   convolution(2, 3, 5, 7, 4, 3, 3, 1, 1),
    convolution(9, 1, 12, 11, 5, 5, 5, 1, 2), convolution(5, 2, 9, 9, 3, 3, 2, 2, 1),
    convolution(3, 4, 8, 6, 37, 2, 3, 3, 2),  convolution(67, 2, 4, 4, 3, 3, 3, 1, 0),
    convolution(2, 3, 6, 6, 2, 1, 1, 4, 0)};

// On a Pool or a Stream, whose functions differ by namespace alone: y with and without bias, dx,
// dweights.
template <class Device>
std::vector<Floats> conv2d_on(Device& device, Variant variant, const Conv2dShape& shape,
                              Values kind) {
  const Floats x = make_values(shape.x_elements(), 1, kind);
  const Floats weights = make_values(shape.weight_elements(), 2, kind);
  const Floats bias = make_values(shape.out_channels, 3, Values::kTiny);
  const Floats dy = make_values(shape.y_elements(), 4, kind);
  Floats workspace(
      std::max({conv2d_forward_workspace(shape, 2), conv2d_backward_data_workspace(shape, 2),
                conv2d_backward_weight_workspace(shape, 2)}));
  Floats y = garbage(dy.size()), plain = y, dx = garbage(x.size()), dw = garbage(weights.size());
  conv2d_forward(device, shape, x.data(), weights.data(), bias.data(), y.data(), workspace.data());
  conv2d_forward(device, shape, x.data(), weights.data(), nullptr, plain.data(), workspace.data());
  conv2d_backward_data(device, variant, shape, weights.data(), dy.data(), dx.data(),
                       workspace.data());
  conv2d_backward_weight(device, variant, shape, x.data(), dy.data(), dw.data(), workspace.data());
  return {y, plain, dx, dw};
}

TEST(EmulatedImages, Conv2d) {
  under_every_order([&](Stream& stream) {
    for (const Conv2dShape& shape : kConvolutions)
      for (Values kind : kAllValues) {
        const auto cpu = conv2d_on(test_pool(), Variant::kDeterministic, shape, kind);
        const auto device = conv2d_on(stream, Variant::kDeterministic, shape, kind);
        for (size_t i = 0; i < cpu.size(); ++i)
          expect_same_bits(cpu[i], device[i], "conv2d output " + std::to_string(i));
      }
  });
}

TEST(EmulatedImages, AtomicConv2dIsClose) {
  emulation().host_threads = 2;
  Stream stream;
  for (const Conv2dShape& shape : kConvolutions) {
    const auto cpu = conv2d_on(test_pool(), Variant::kDeterministic, shape, Values::kOrdinary);
    const auto device = conv2d_on(stream, Variant::kAtomic, shape, Values::kOrdinary);
    const float taps = static_cast<float>(shape.kernel_height * shape.kernel_width);
    const float to_dx = static_cast<float>(shape.out_channels) * taps;
    const float to_dw = static_cast<float>(shape.batch * shape.out_plane()) + 16;
    expect_close(cpu[2], device[2], 2 * to_dx * 0x1p-24f * 4 * to_dx);
    expect_close(cpu[3], device[3], 2 * to_dw * 0x1p-24f * 4 * to_dw);
  }
  emulation().host_threads = 1;
}

MaxPool2dShape pooling(size_t planes, size_t height, size_t width, size_t window, size_t stride,
                       size_t padding) {
  return {.planes = planes,
          .in_height = height,
          .in_width = width,
          .window = window,
          .stride = stride,
          .padding = padding};
}

const MaxPool2dShape kPoolings[] = {pooling(1, 1, 1, 1, 1, 0),   pooling(3, 7, 5, 3, 2, 1),
                                    pooling(2, 24, 24, 3, 2, 1), pooling(4, 6, 9, 2, 2, 0),
                                    pooling(2, 10, 3, 3, 1, 2),  pooling(1, 9, 9, 2, 3, 1)};

struct Pooled {
  Floats y, dx;
  std::vector<int32_t> argmax;
};

template <class Device>
Pooled max_pool_on(Device& device, Variant variant, const MaxPool2dShape& shape, Values kind) {
  const size_t inputs = shape.planes * shape.in_plane(), outputs = shape.planes * shape.out_plane();
  const Floats x = make_values(inputs, 1, kind), dy = make_values(outputs, 2, kind);
  Pooled out{garbage(outputs), garbage(inputs), std::vector<int32_t>(outputs, -5)};
  max_pool2d_forward(device, shape, x.data(), out.y.data(), out.argmax.data());
  max_pool2d_backward(device, variant, shape, dy.data(), out.argmax.data(), out.dx.data());
  return out;
}

TEST(EmulatedImages, MaxPool) {
  under_every_order([&](Stream& stream) {
    for (const MaxPool2dShape& shape : kPoolings)
      for (Values kind : kAllValues) {
        const Pooled cpu = max_pool_on(test_pool(), Variant::kDeterministic, shape, kind);
        const Pooled device = max_pool_on(stream, Variant::kDeterministic, shape, kind);
        EXPECT_EQ(cpu.argmax, device.argmax);
        expect_same_bits(cpu.y, device.y, "max_pool2d_forward");
        expect_same_bits(cpu.dx, device.dx, "max_pool2d_backward");
        const Pooled atomic = max_pool_on(stream, Variant::kAtomic, shape, Values::kOrdinary);
        const Pooled same = max_pool_on(stream, Variant::kDeterministic, shape, Values::kOrdinary);
        expect_close(same.dx, atomic.dx, 2 * 9 * 0x1p-24f * 2 * 9);
      }
  });
}

const ResizeShape kResizes[] = {{1, 1, 1, 1, 1},   {2, 3, 4, 7, 5},   {3, 12, 12, 16, 16},
                                {1, 16, 16, 5, 3}, {2, 1, 5, 4, 1},   {1, 7, 1, 1, 9},
                                {2, 9, 10, 9, 10}, {1, 3, 3, 100, 31}};

template <class Device>
std::vector<Floats> resize_on(Device& device, Variant variant, const ResizeShape& shape,
                              Values kind) {
  const size_t inputs = shape.planes * shape.in_height * shape.in_width;
  const size_t outputs = shape.planes * shape.out_height * shape.out_width;
  const Floats x = make_values(inputs, 1, kind), dy = make_values(outputs, 2, kind);
  Floats workspace(bilinear_resize_workspace(shape, 2)), y = garbage(outputs), dx = garbage(inputs);
  bilinear_resize_forward(device, shape, x.data(), y.data(), workspace.data());
  bilinear_resize_backward(device, variant, shape, dy.data(), dx.data(), workspace.data());
  return {y, dx};
}

TEST(EmulatedImages, Resize) {
  under_every_order([&](Stream& stream) {
    for (const ResizeShape& shape : kResizes)
      for (Values kind : kAllValues) {
        const auto cpu = resize_on(test_pool(), Variant::kDeterministic, shape, kind);
        const auto device = resize_on(stream, Variant::kDeterministic, shape, kind);
        expect_same_bits(cpu[0], device[0], "bilinear_resize_forward");
        expect_same_bits(cpu[1], device[1], "bilinear_resize_backward");
        const auto atomic = resize_on(stream, Variant::kAtomic, shape, Values::kOrdinary);
        const auto same = resize_on(stream, Variant::kDeterministic, shape, Values::kOrdinary);
        const float readers =
            static_cast<float>((2 * (shape.out_height / shape.in_height + 1) + 2) *
                               (2 * (shape.out_width / shape.in_width + 1) + 2));
        expect_close(same[1], atomic[1], 2 * (readers + 3) * 0x1p-24f * 2 * readers);
      }
  });
}

}  // namespace
}  // namespace detaudit::kernels::cuda
