#include "kernels/batch_norm.h"

#include <cmath>

#include "kernels/channel_partials.h"
#include "kernels/grid.h"
#include "kernels/math.h"
#include "kernels/private_merge_image.h"

namespace detaudit::kernels {
namespace {

// What normalising is to one channel: y = x * scale + offset. Forward and backward must agree on
// it to the bit, since backward recomputes the sign of y.
struct Affine {
  float scale, offset;
  float operator()(float x) const { return std::fma(x, scale, offset); }
};

Affine affine(const BatchNormParameters& parameters, size_t c, float mean, float rstd) {
  float scale = parameters.gamma[c] * rstd;
  return {scale, std::fma(-mean, scale, parameters.beta[c])};
}

float reciprocal_deviation(float variance, float epsilon) {
  return 1.0f / std::sqrt(variance + epsilon);
}

// Elementwise passes go over groups of planes of about this many elements.
constexpr size_t kElementsPerBlock = 16384;

// body(channel, first element, last element) for every plane.
template <class Body>
void for_each_plane(Pool& pool, const ChannelShape& shape, const Body& body) {
  size_t planes = shape.batch * shape.channels;
  size_t grain = std::max<size_t>(1, kElementsPerBlock / std::max<size_t>(1, shape.plane));
  launch_grid(pool, block_count(planes, grain), [&](size_t block, unsigned) {
    auto [first, last] = block_range(block, planes, grain);
    for (size_t p = first; p < last; ++p) {
      body(p % shape.channels, p * shape.plane, (p + 1) * shape.plane);
    }
  });
}

void normalise_plane(Epilogue epilogue, Affine to_y, const float* x, float* y, size_t elements) {
  if (epilogue == Epilogue::kRelu) {
    for (size_t i = 0; i < elements; ++i) {
      float value = to_y(x[i]);
      y[i] = value > 0 ? value : 0.0f;
    }
  } else {
    for (size_t i = 0; i < elements; ++i) y[i] = canonical(to_y(x[i]));
  }
}

// The channel's terms of sums d and d * d, d = distance from its first element: without that
// shift, d * d would lose the variance of a channel whose mean is large.
auto moment_terms(const ChannelShape& shape, const float* x) {
  return [=](size_t c) {
    Lanes shift = broadcast(x[c * shape.plane]);
    return [=](auto at, Lanes* chains) {
      Lanes d = at.only(at(x) - shift);
      chains[0] += d;
      chains[1] = fma(d, d, chains[1]);
    };
  };
}

// Sums of d and d * d [2][channels] to statistics.
void finish_moments(const BatchNormShape& shape, const float* x, const float* sums, float* mean,
                    float* rstd, float* running_mean, float* running_variance) {
  const ChannelShape& t = shape.tensor;
  float n = static_cast<float>(t.per_channel());
  float unbiased = t.per_channel() > 1 ? n / (n - 1) : 1.0f;
  for (size_t c = 0; c < t.channels; ++c) {
    float distance = sums[c] / n;
    float variance = std::fma(-distance, distance, sums[t.channels + c] / n);
    if (variance < 0) variance = 0;
    mean[c] = canonical(x[c * t.plane] + distance);
    rstd[c] = canonical(reciprocal_deviation(variance, shape.epsilon));
    if (running_mean == nullptr) continue;
    float keep = 1 - shape.momentum;
    running_mean[c] = canonical(std::fma(keep, running_mean[c], shape.momentum * mean[c]));
    running_variance[c] =
        canonical(std::fma(keep, running_variance[c], shape.momentum * (variance * unbiased)));
  }
}

void normalise(Pool& pool, const BatchNormShape& shape, const float* x,
               const BatchNormParameters& parameters, const float* mean, const float* rstd,
               float* y) {
  for_each_plane(pool, shape.tensor, [&](size_t c, size_t begin, size_t end) {
    normalise_plane(shape.epilogue, affine(parameters, c, mean[c], rstd[c]), x + begin, y + begin,
                    end - begin);
  });
}

// What backward sums and spreads, with its inputs.
struct Backward {
  const BatchNormShape& shape;
  const float* x;
  const float* dy;
  const BatchNormParameters& parameters;
  const float* mean;
  const float* rstd;
};

// The channel's terms of dbeta (g) and dgamma (g * normalised x), g = dy where the output lived.
template <Epilogue kEpilogue>
auto gradient_terms(const Backward& in) {
  return [&in](size_t c) {
    Affine to_y = affine(in.parameters, c, in.mean[c], in.rstd[c]);
    Lanes scale = broadcast(to_y.scale), offset = broadcast(to_y.offset);
    Lanes mean = broadcast(in.mean[c]), rstd = broadcast(in.rstd[c]);
    return [=, x = in.x, dy = in.dy](auto at, Lanes* chains) {
      Lanes value = at(x), g = at(dy);
      if constexpr (kEpilogue == Epilogue::kRelu) g = fma(value, scale, offset) > 0 ? g : Lanes{};
      chains[0] += g;
      chains[1] = fma(g, (value - mean) * rstd, chains[1]);
    };
  };
}

// dx = scale * (g - dbeta / n - normalised x * dgamma / n), as g * scale + x * slope + level.
template <Epilogue kEpilogue>
void spread_plane(Affine to_y, float slope, float level, const float* x, const float* dy, float* dx,
                  size_t elements) {
  for (size_t i = 0; i < elements; ++i) {
    float g = kEpilogue == Epilogue::kNone || to_y(x[i]) > 0 ? dy[i] : 0.0f;
    dx[i] = canonical(std::fma(g, to_y.scale, std::fma(x[i], slope, level)));
  }
}

template <Epilogue kEpilogue>
void spread(Pool& pool, const Backward& in, const float* dgamma, const float* dbeta, float* dx) {
  float n = static_cast<float>(in.shape.tensor.per_channel());
  for_each_plane(pool, in.shape.tensor, [&](size_t c, size_t begin, size_t end) {
    Affine to_y = affine(in.parameters, c, in.mean[c], in.rstd[c]);
    float slope = -to_y.scale * in.rstd[c] * (dgamma[c] / n);
    float level = std::fma(-in.mean[c], slope, -to_y.scale * (dbeta[c] / n));
    spread_plane<kEpilogue>(to_y, slope, level, in.x + begin, in.dy + begin, dx + begin,
                            end - begin);
  });
}

// sum(terms, out [2][channels]) is what the variants do differently.
template <Epilogue kEpilogue, class Sum>
void backward(Pool& pool, const Backward& in, float* dx, float* dgamma, float* dbeta, float* sums,
              const Sum& sum) {
  size_t channels = in.shape.tensor.channels;
  sum(gradient_terms<kEpilogue>(in), sums);
  std::copy_n(sums, channels, dbeta);
  std::copy_n(sums + channels, channels, dgamma);
  spread<kEpilogue>(pool, in, dgamma, dbeta, dx);
}

template <class Sum>
void backward(Pool& pool, const Backward& in, float* dx, float* dgamma, float* dbeta, float* sums,
              const Sum& sum) {
  if (in.shape.epilogue == Epilogue::kRelu) {
    backward<Epilogue::kRelu>(pool, in, dx, dgamma, dbeta, sums, sum);
  } else {
    backward<Epilogue::kNone>(pool, in, dx, dgamma, dbeta, sums, sum);
  }
}

}  // namespace

size_t batch_norm_workspace(const BatchNormShape& shape) {
  return 2 * shape.tensor.channels * (chunk_count(shape.tensor) + 1);
}

void batch_norm_forward_train(Pool& pool, Variant variant, const BatchNormShape& shape,
                              const float* x, const BatchNormParameters& parameters, float* y,
                              float* mean, float* rstd, float* running_mean,
                              float* running_variance, float* workspace) {
  const ChannelShape& t = shape.tensor;
  float* sums = workspace;
  if (variant == Variant::kAtomic) {
    sum_channels_atomic<2>(pool, t, moment_terms(t, x), sums);
  } else {
    sum_channels_ordered<2>(pool, t, moment_terms(t, x), sums, sums + 2 * t.channels);
  }
  finish_moments(shape, x, sums, mean, rstd, running_mean, running_variance);
  normalise(pool, shape, x, parameters, mean, rstd, y);
}

void batch_norm_forward_infer(Pool& pool, const BatchNormShape& shape, const float* x,
                              const BatchNormParameters& parameters, const float* running_mean,
                              const float* running_variance, float* y) {
  for_each_plane(pool, shape.tensor, [&](size_t c, size_t begin, size_t end) {
    float rstd = reciprocal_deviation(running_variance[c], shape.epsilon);
    normalise_plane(shape.epilogue, affine(parameters, c, running_mean[c], rstd), x + begin,
                    y + begin, end - begin);
  });
}

void batch_norm_backward(Pool& pool, Variant variant, const BatchNormShape& shape, const float* x,
                         const float* dy, const BatchNormParameters& parameters, const float* mean,
                         const float* rstd, float* dx, float* dgamma, float* dbeta,
                         float* workspace) {
  const ChannelShape& t = shape.tensor;
  Backward in{shape, x, dy, parameters, mean, rstd};
  backward(pool, in, dx, dgamma, dbeta, workspace, [&](const auto& terms, float* sums) {
    if (variant == Variant::kAtomic) {
      sum_channels_atomic<2>(pool, t, terms, sums);
    } else {
      sum_channels_ordered<2>(pool, t, terms, sums, sums + 2 * t.channels);
    }
  });
}

void batch_norm_forward_train_private(Pool& pool, const BatchNormShape& shape, const float* x,
                                      const BatchNormParameters& parameters, float* y, float* mean,
                                      float* rstd, float* workspace, PrivateCopies& copies) {
  sum_channels_private<2>(pool, shape.tensor, moment_terms(shape.tensor, x), workspace, copies);
  finish_moments(shape, x, workspace, mean, rstd, nullptr, nullptr);
  normalise(pool, shape, x, parameters, mean, rstd, y);
}

void batch_norm_backward_private(Pool& pool, const BatchNormShape& shape, const float* x,
                                 const float* dy, const BatchNormParameters& parameters,
                                 const float* mean, const float* rstd, float* dx, float* dgamma,
                                 float* dbeta, float* workspace, PrivateCopies& copies) {
  Backward in{shape, x, dy, parameters, mean, rstd};
  backward(pool, in, dx, dgamma, dbeta, workspace, [&](const auto& terms, float* sums) {
    sum_channels_private<2>(pool, shape.tensor, terms, sums, copies);
  });
}

}  // namespace detaudit::kernels
