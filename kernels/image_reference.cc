#include "kernels/image_reference.h"

#include <cmath>

namespace detaudit::kernels {
namespace {

// visit(x index, weight index, y index) for every product of the convolution.
template <class Visit>
void for_each_product(const Conv2dShape& s, const Visit& visit) {
  for (size_t y = 0; y < s.y_elements(); ++y) {
    size_t column = y % s.out_width(), row = y / s.out_width() % s.out_height();
    size_t out_channel = y / s.out_plane() % s.out_channels;
    size_t image = y / s.out_plane() / s.out_channels;
    for (size_t k = 0; k < s.patch(); ++k) {
      size_t in_row = row * s.stride + k / s.kernel_width % s.kernel_height - s.padding;
      size_t in_column = column * s.stride + k % s.kernel_width - s.padding;
      if (in_row >= s.in_height || in_column >= s.in_width) continue;  // also where it wrapped
      size_t channel = image * s.in_channels + k / (s.kernel_width * s.kernel_height);
      visit((channel * s.in_height + in_row) * s.in_width + in_column, out_channel * s.patch() + k,
            y);
    }
  }
}

// visit(x index, y index, weight) for the four shares of every output.
template <class Visit>
void for_each_share(const ResizeShape& s, const Visit& visit) {
  for (size_t y = 0; y < s.planes * s.out_height * s.out_width; ++y) {
    size_t plane = y / (s.out_height * s.out_width) * s.in_height * s.in_width;
    ResizeTap row = resize_tap(y / s.out_width % s.out_height, s.in_height, s.out_height);
    ResizeTap column = resize_tap(y % s.out_width, s.in_width, s.out_width);
    double down = row.high_weight, right = column.high_weight;
    visit(plane + row.low * s.in_width + column.low, y, (1 - down) * (1 - right));
    visit(plane + row.low * s.in_width + column.high, y, (1 - down) * right);
    visit(plane + row.high * s.in_width + column.low, y, down * (1 - right));
    visit(plane + row.high * s.in_width + column.high, y, down * right);
  }
}

}  // namespace

Reference conv2d_forward_reference(const Conv2dShape& shape, std::span<const float> x,
                                   std::span<const float> weights, std::span<const float> bias) {
  Reference y(shape.y_elements());
  for (size_t i = 0; i < shape.y_elements() && !bias.empty(); ++i) {
    y.add(i, bias[i / shape.out_plane() % shape.out_channels]);
  }
  for_each_product(shape, [&](size_t xi, size_t wi, size_t yi) {
    y.add(yi, static_cast<double>(x[xi]) * weights[wi]);
  });
  return y;
}

Reference conv2d_backward_data_reference(const Conv2dShape& shape, std::span<const float> weights,
                                         std::span<const float> dy) {
  Reference dx(shape.x_elements());
  for_each_product(shape, [&](size_t xi, size_t wi, size_t yi) {
    dx.add(xi, static_cast<double>(dy[yi]) * weights[wi]);
  });
  return dx;
}

Reference conv2d_backward_weight_reference(const Conv2dShape& shape, std::span<const float> x,
                                           std::span<const float> dy) {
  Reference dweights(shape.weight_elements());
  for_each_product(shape, [&](size_t xi, size_t wi, size_t yi) {
    dweights.add(wi, static_cast<double>(dy[yi]) * x[xi]);
  });
  return dweights;
}

Reference max_pool2d_backward_reference(const MaxPool2dShape& shape, std::span<const float> dy,
                                        std::span<const int32_t> argmax) {
  Reference dx(shape.planes * shape.in_plane());
  for (size_t y = 0; y < dy.size(); ++y) {
    dx.add(y / shape.out_plane() * shape.in_plane() + static_cast<size_t>(argmax[y]), dy[y]);
  }
  return dx;
}

Reference bilinear_resize_forward_reference(const ResizeShape& shape, std::span<const float> x) {
  Reference y(shape.planes * shape.out_height * shape.out_width);
  for_each_share(shape, [&](size_t xi, size_t yi, double weight) { y.add(yi, weight * x[xi]); });
  return y;
}

Reference bilinear_resize_backward_reference(const ResizeShape& shape, std::span<const float> dy) {
  Reference dx(shape.planes * shape.in_height * shape.in_width);
  for_each_share(shape, [&](size_t xi, size_t yi, double weight) { dx.add(xi, weight * dy[yi]); });
  return dx;
}

Reference channel_sum_reference(const ChannelShape& shape, std::span<const float> x) {
  Reference out(shape.channels);
  for (size_t i = 0; i < x.size(); ++i) out.add(i / shape.plane % shape.channels, x[i]);
  return out;
}

// Magnitudes: with d the distance from the channel's first element, D the mean of |d| and Q that of
// d * d, the computed mean is off by D + |mean| roundings' worth, the variance by 3 Q (since
// D * D <= Q), so rstd by 1.5 Q / (variance + epsilon) relatively; y inherits both.
Reference batch_norm_forward_reference(const BatchNormShape& shape, std::span<const float> x,
                                       std::span<const float> gamma, std::span<const float> beta) {
  const ChannelShape& t = shape.tensor;
  Reference out(t.elements() + 2 * t.channels);
  double n = static_cast<double>(t.per_channel());
  for (size_t c = 0; c < t.channels; ++c) {
    double distance = 0, spread = 0, square = 0, shift = x[c * t.plane];
    auto for_each = [&](const auto& visit) {
      for (size_t i = 0; i < t.per_channel(); ++i) {
        visit((i / t.plane * t.channels + c) * t.plane + i % t.plane);
      }
    };
    for_each([&](size_t i) {
      double d = x[i] - shift;
      distance += d / n, spread += std::abs(d) / n, square += d * d / n;
    });
    double variance = 0, mean = shift + distance;
    for_each([&](size_t i) { variance += (x[i] - mean) * (x[i] - mean) / n; });
    double rstd = 1 / std::sqrt(variance + shape.epsilon);
    double mean_magnitude = spread + std::abs(mean);
    double rstd_relative = 1 + 1.5 * square * rstd * rstd;
    for_each([&](size_t i) {
      double normal = (x[i] - mean) * rstd, y = normal * gamma[c] + beta[c];
      out.values[i] = shape.epilogue == Epilogue::kRelu ? std::max(y, 0.0) : y;
      double scale = rstd * std::abs(gamma[c]);
      out.magnitudes[i] = scale * (mean_magnitude + std::abs(x[i]) + std::abs(mean)) +
                          std::abs(normal * gamma[c]) * rstd_relative + std::abs(beta[c]);
    });
    out.values[t.elements() + c] = mean;
    out.magnitudes[t.elements() + c] = mean_magnitude;
    out.values[t.elements() + t.channels + c] = rstd;
    out.magnitudes[t.elements() + t.channels + c] = rstd * rstd_relative;
  }
  return out;
}

Reference batch_norm_backward_reference(const BatchNormShape& shape, std::span<const float> x,
                                        std::span<const float> dy, std::span<const float> gamma,
                                        std::span<const float> mean, std::span<const float> rstd) {
  const ChannelShape& t = shape.tensor;
  Reference out(t.elements() + 2 * t.channels);
  size_t dgamma = t.elements(), dbeta = dgamma + t.channels;
  auto channel = [&](size_t i) { return i / t.plane % t.channels; };
  auto normal = [&](size_t i) {
    return (static_cast<double>(x[i]) - mean[channel(i)]) * rstd[channel(i)];
  };
  for (size_t i = 0; i < t.elements(); ++i) {
    out.add(dgamma + channel(i), normal(i) * dy[i]);
    out.add(dbeta + channel(i), dy[i]);
  }
  double n = static_cast<double>(t.per_channel());
  for (size_t i = 0; i < t.elements(); ++i) {
    size_t c = channel(i);
    double scale = static_cast<double>(gamma[c]) * rstd[c];
    out.values[i] =
        scale * (dy[i] - out.values[dbeta + c] / n - normal(i) * out.values[dgamma + c] / n);
    double reach = (std::abs(x[i]) + std::abs(mean[c])) * rstd[c];
    out.magnitudes[i] = std::abs(scale) * (std::abs(dy[i]) + out.magnitudes[dbeta + c] / n +
                                           2 * reach * out.magnitudes[dgamma + c] / n);
  }
  return out;
}

}  // namespace detaudit::kernels
