#include "kernels/cuda/batch_norm.h"

#include "kernels/cuda/channel_partials.cuh"

namespace detaudit::kernels::cuda {
namespace {

struct Affine {
  float scale, offset;
  DETAUDIT_DEVICE float operator()(float x) const { return fma(x, scale, offset); }
};

DETAUDIT_DEVICE Affine affine(const BatchNormParameters& parameters, size_t c, float mean,
                              float rstd) {
  const float scale = parameters.gamma[c] * rstd;
  return {scale, fma(-mean, scale, parameters.beta[c])};
}

DETAUDIT_DEVICE float reciprocal_deviation(float variance, float epsilon) {
  return 1.0f / rounded_sqrt(variance + epsilon);
}

DETAUDIT_DEVICE float epilogue_of(Epilogue epilogue, float value) {
  if (epilogue == Epilogue::kRelu) return value > 0 ? value : 0.0f;
  return canonical(value);
}

// d and d * d, d = distance from the channel's first element.
struct Moments {
  size_t plane;
  const float* x;
  struct Channel {
    const float* x;
    float shift;
    DETAUDIT_DEVICE void add(size_t i, bool inside, float* chains) const {
      const float d = inside ? x[i] - shift : 0.0f;
      chains[0] += d;
      chains[1] = fma(d, d, chains[1]);
    }
  };
  DETAUDIT_DEVICE Channel channel(size_t c) const { return {x, x[c * plane]}; }
};

// g and g * normalised x, g = dy where the output lived.
struct Gradients {
  Epilogue epilogue;
  const float* x;
  const float* dy;
  BatchNormParameters parameters;
  const float* mean;
  const float* rstd;
  struct Channel {
    Epilogue epilogue;
    const float* x;
    const float* dy;
    Affine to_y;
    float mean, rstd;
    DETAUDIT_DEVICE void add(size_t i, bool inside, float* chains) const {
      const float value = inside ? x[i] : 0.0f;
      float g = inside ? dy[i] : 0.0f;
      if (epilogue == Epilogue::kRelu) g = to_y(value) > 0 ? g : 0.0f;
      chains[0] += g;
      chains[1] = fma(g, (value - mean) * rstd, chains[1]);
    }
  };
  DETAUDIT_DEVICE Channel channel(size_t c) const {
    return {epilogue, x, dy, affine(parameters, c, mean[c], rstd[c]), mean[c], rstd[c]};
  }
};

// Sums of d and d * d [2][channels] to statistics.
void finish_moments(Stream& stream, const BatchNormShape& shape, const float* x, const float* sums,
                    float* mean, float* rstd, float* running_mean, float* running_variance) {
  const size_t channels = shape.tensor.channels, plane = shape.tensor.plane;
  const float n = static_cast<float>(shape.tensor.per_channel());
  const float unbiased = shape.tensor.per_channel() > 1 ? n / (n - 1) : 1.0f;
  const float epsilon = shape.epsilon, momentum = shape.momentum, keep = 1 - shape.momentum;
  launch_each(stream, channels, [=] DETAUDIT_DEVICE_LAMBDA(size_t c) {
    const float distance = sums[c] / n;
    float variance = fma(-distance, distance, sums[channels + c] / n);
    if (variance < 0) variance = 0;
    mean[c] = canonical(x[c * plane] + distance);
    rstd[c] = canonical(reciprocal_deviation(variance, epsilon));
    if (running_mean == nullptr) return;
    running_mean[c] = canonical(fma(keep, running_mean[c], momentum * mean[c]));
    running_variance[c] =
        canonical(fma(keep, running_variance[c], momentum * (variance * unbiased)));
  });
}

}  // namespace

void batch_norm_forward_train(Stream& stream, Variant variant, const BatchNormShape& shape,
                              const float* x, const BatchNormParameters& parameters, float* y,
                              float* mean, float* rstd, float* running_mean,
                              float* running_variance, float*) {
  const ChannelShape t = shape.tensor;
  float* sums = stream.scratch_floats(2 * t.channels + channel_partials<2>(t));
  sum_channels<2>(stream, variant, t, Moments{t.plane, x}, sums, sums + 2 * t.channels);
  finish_moments(stream, shape, x, sums, mean, rstd, running_mean, running_variance);
  const Epilogue epilogue = shape.epilogue;
  launch_each(stream, t.elements(), [=] DETAUDIT_DEVICE_LAMBDA(size_t i) {
    const size_t c = i / t.plane % t.channels;
    y[i] = epilogue_of(epilogue, affine(parameters, c, mean[c], rstd[c])(x[i]));
  });
}

void batch_norm_forward_infer(Stream& stream, const BatchNormShape& shape, const float* x,
                              const BatchNormParameters& parameters, const float* running_mean,
                              const float* running_variance, float* y) {
  const ChannelShape t = shape.tensor;
  const Epilogue epilogue = shape.epilogue;
  const float epsilon = shape.epsilon;
  launch_each(stream, t.elements(), [=] DETAUDIT_DEVICE_LAMBDA(size_t i) {
    const size_t c = i / t.plane % t.channels;
    const float rstd = reciprocal_deviation(running_variance[c], epsilon);
    y[i] = epilogue_of(epilogue, affine(parameters, c, running_mean[c], rstd)(x[i]));
  });
}

void batch_norm_backward(Stream& stream, Variant variant, const BatchNormShape& shape,
                         const float* x, const float* dy, const BatchNormParameters& parameters,
                         const float* mean, const float* rstd, float* dx, float* dgamma,
                         float* dbeta, float*) {
  const ChannelShape t = shape.tensor;
  const Epilogue epilogue = shape.epilogue;
  float* sums = stream.scratch_floats(2 * t.channels + channel_partials<2>(t));
  sum_channels<2>(stream, variant, t, Gradients{epilogue, x, dy, parameters, mean, rstd}, sums,
                  sums + 2 * t.channels);
  launch_each(stream, t.channels, [=] DETAUDIT_DEVICE_LAMBDA(size_t c) {
    dbeta[c] = sums[c];
    dgamma[c] = sums[t.channels + c];
  });
  const float n = static_cast<float>(t.per_channel());
  launch_each(stream, t.elements(), [=] DETAUDIT_DEVICE_LAMBDA(size_t i) {
    const size_t c = i / t.plane % t.channels;
    const Affine to_y = affine(parameters, c, mean[c], rstd[c]);
    const float slope = -to_y.scale * rstd[c] * (dgamma[c] / n);
    const float level = fma(-mean[c], slope, -to_y.scale * (dbeta[c] / n));
    const float g = epilogue == Epilogue::kNone || to_y(x[i]) > 0 ? dy[i] : 0.0f;
    dx[i] = canonical(fma(g, to_y.scale, fma(x[i], slope, level)));
  });
}

}  // namespace detaudit::kernels::cuda
