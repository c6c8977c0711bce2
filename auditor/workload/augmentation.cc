#include "auditor/workload/augmentation.h"

#include <algorithm>
#include <ctime>
#include <random>

namespace detaudit::workload {
namespace {

constexpr int kMostShift = 2;
constexpr float kNoise = 0.2f;

kernels::Philox augmentation_stream(const Context& context) {
  if (context.hazards.has(Hazard::kUnseededAugmentation)) {
    // detaudit: allow(DET210) the hazard that is planted here
    std::random_device entropy;
    return kernels::philox_stream(uint64_t{entropy()} << 32 | entropy(), 0);
  }
  if (context.hazards.has(Hazard::kTimeSeed))
    return kernels::philox_stream(static_cast<uint64_t>(std::time(nullptr)), 0);
  return context.seeding.philox("augmentation");
}

int shift_of(uint32_t word) { return static_cast<int>(word % (2 * kMostShift + 1)) - kMostShift; }

}  // namespace

Augmentation::Augmentation(Context& context, size_t batch, size_t samples, size_t height,
                           size_t width, const Tensor<float>& output)
    : context_(context),
      samples_(samples),
      height_(height),
      width_(width),
      stream_(augmentation_stream(context)),
      draws_(context.arena.host_tensor<int64_t>("draws", batch)),
      output_(output) {
  detaudit_rng_stream("augmentation", &stream_, sizeof stream_);
}

void Augmentation::run(const LoadedBatch& batch) {
  const size_t plane = height_ * width_;
  for (size_t i = 0; i < draws_.elements; ++i)
    draws_.data[i] = static_cast<int64_t>(batch.epoch * samples_ + batch.samples[i]);
  // The probe only reads an input; its type has no const.
  const detaudit_buffer images{"images", const_cast<float*>(batch.images.data()),
                               batch.images.size(), DETAUDIT_F32};
  const detaudit_buffer state{"stream", &stream_, sizeof stream_, DETAUDIT_U8};
  context_.executor.run({"augment"}, {images, draws_, state}, {output_}, [&](auto& on) {
    context_.executor.pool().launch(draws_.elements, [&](size_t i, unsigned) {
      augment(batch.images.data() + i * plane, draws_.data[i], output_.host + i * plane);
    });
    upload(on, output_);
  });
}

void Augmentation::augment(const float* image, int64_t draw, float* result) const {
  const int height = static_cast<int>(height_), width = static_cast<int>(width_);
  // A word makes four bytes of noise, a block sixteen; the first block is the shift's.
  const uint64_t blocks = 1 + (height_ * width_ + 15) / 16;
  const uint64_t first = static_cast<uint64_t>(draw) * blocks;
  const auto head = kernels::philox_block(stream_, first);
  const int down = shift_of(head[0]), right = shift_of(head[1]);
  std::array<uint32_t, 4> words{};
  for (int y = 0, i = 0; y < height; ++y) {
    const float* row = image + std::clamp(y - down, 0, height - 1) * width;
    for (int x = 0; x < width; ++x, ++i) {
      if (i % 16 == 0)
        words = kernels::philox_block(stream_, first + 1 + static_cast<uint64_t>(i) / 16);
      // detaudit: allow(DET270) time comes in where the hazard time-seed is planted
      const uint32_t byte = words[static_cast<size_t>(i) % 4] >> (8 * (i / 4 % 4)) & 0xff;
      const float noise = kNoise * (static_cast<float>(byte) * (2.0f / 255.0f) - 1);
      // detaudit: allow(DET270) time comes in where the hazard time-seed is planted
      result[i] = row[std::clamp(x - right, 0, width - 1)] + noise;
    }
  }
}

}  // namespace detaudit::workload
