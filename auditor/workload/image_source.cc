#include "auditor/workload/image_source.h"

#include "auditor/workload/drawing.h"
#include "auditor/workload/idx_file.h"
#include "reports/diagnostic.h"

namespace detaudit::workload {
namespace {

// Room for `count` drawings, so that its buffers are known before they are drawn.
ImageSet make_set(size_t count) {
  return {kDrawnSide, kDrawnSide, std::vector<uint8_t>(count * kDrawnSide * kDrawnSide),
          std::vector<uint8_t>(count)};
}

void draw(Context& context, const char* which, uint64_t seed, uint64_t first, ImageSet& set) {
  const Tensor<uint8_t> pixels{"pixels", set.pixels.data(), set.pixels.size()};
  const Tensor<uint8_t> labels{"labels", set.labels.data(), set.labels.size()};
  detaudit_buffer seed_buffer{"seed", &seed, sizeof seed, DETAUDIT_U8};
  context.executor.run({"draw_images", which}, {seed_buffer}, {pixels, labels},
                       [&](kernels::Pool& pool) { draw_images(pool, seed, first, set); });
}

}  // namespace

ImageData read_image_data(const Options& options) {
  ImageData data;
  if (options.data) data = read_idx_folder(*options.data);
  const size_t available = options.data ? data.train.size() : kDrawnTrainImages;
  if (options.batch > available)
    throw reports::usage_error("DET901",
                               "--batch " + std::to_string(options.batch) +
                                   " is larger than the data set of " + std::to_string(available) +
                                   " images",
                               "give --batch " + std::to_string(available) + " or less");
  return data;
}

ImageData draw_image_data(Context& context) {
  const uint64_t seed = context.seeding.derive("drawing");
  detaudit_rng_stream("drawing", &seed, sizeof seed);
  ImageData data{make_set(kDrawnTrainImages), make_set(kDrawnTestImages)};
  draw(context, "train", seed, 0, data.train);
  draw(context, "test", seed, kDrawnTrainImages, data.test);
  return data;
}

}  // namespace detaudit::workload
