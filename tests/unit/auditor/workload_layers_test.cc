#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "auditor/workload/augmentation.h"
#include "auditor/workload/gradient_norm.h"
#include "auditor/workload/hogwild.h"
#include "auditor/workload/output_layer.h"

namespace detaudit::workload {
namespace {

constexpr size_t kRows = 32, kInputs = 48, kOutputs = 10;

HazardSet planted(Hazard hazard) {
  HazardSet set;
  set.add(hazard);
  return set;
}

// A model of one output layer on random features.
struct Bench {
  explicit Bench(unsigned threads, HazardSet hazards = {})
      : executor(threads),
        context{executor, arena, seeding, kernels::Variant::kDeterministic, hazards},
        parameters(context, Optimizer::kSgd),
        features(make_flow(context, "features", kRows * kInputs)),
        layer(context, parameters, "output", {kRows, kInputs, kOutputs}, 0.1f, features) {
    kernels::Philox stream = seeding.philox("features");
    kernels::fill_normal(executor.pool(), stream, 0, 1, kRows * kInputs, features.value.data);
    kernels::fill_normal(executor.pool(), stream, 0, 0.1f, kRows * kOutputs,
                         layer.output().gradient.data);
  }
  std::vector<float> weight_gradient() {
    layer.backward();
    const Tensor<float>& gradient = layer.weight().gradient;
    return {gradient.data, gradient.data + gradient.elements};
  }
  std::vector<float> weights() const {
    const Tensor<float>& weight = layer.weight().weight;
    return {weight.data, weight.data + weight.elements};
  }

  Executor executor;
  Arena arena{executor};
  Seeding seeding{11};
  Context context;
  Parameters parameters;
  Flow features;
  OutputLayer layer;
};

TEST(OutputLayerTest, FixedPointGradientIsTheProductWithinItsUnit) {
  Bench bench(2);
  const std::vector<float> gradient = bench.weight_gradient();
  const float* x = bench.features.value.data;
  const float* dy = bench.layer.output().gradient.data;
  for (size_t i = 0; i < kInputs; ++i)
    for (size_t o = 0; o < kOutputs; ++o) {
      double sum = 0, magnitude = 0;
      for (size_t row = 0; row < kRows; ++row) {
        const double term =
            static_cast<double>(x[row * kInputs + i]) * static_cast<double>(dy[row * kOutputs + o]);
        sum += term;
        magnitude += std::abs(term);
      }
      // Half a unit of 2^-20 for each of 8 shards, and four roundings of a float within a shard.
      const double bound = 8 * 0.5 * 0x1p-20 + 4 * 0x1p-24 * magnitude;
      EXPECT_NEAR(static_cast<double>(gradient[i * kOutputs + o]), sum, bound);
    }
}

TEST(OutputLayerTest, FixedPointGradientHasOneResult) {
  const std::vector<float> expected = Bench(1).weight_gradient();
  for (unsigned threads : {1u, 2u, 4u})
    for (int repeat = 0; repeat < 20; ++repeat)
      ASSERT_EQ(Bench(threads).weight_gradient(), expected) << threads;
}

// mallopt(M_PERTURB) fills what malloc gives out, as MALLOC_PERTURB_ does for a whole run.
TEST(OutputLayerTest, OnlyAnUninitializedScratchFollowsFreshMemory) {
  const auto gradient_after_fill = [](int fill, HazardSet hazards) {
    Bench bench(2, hazards);
    mallopt(M_PERTURB, fill);
    std::vector<float> gradient = bench.weight_gradient();
    mallopt(M_PERTURB, 0);
    return gradient;
  };
  const HazardSet hazard = planted(Hazard::kUninitializedBuffer);
  EXPECT_EQ(gradient_after_fill(0x11, {}), gradient_after_fill(0xa5, {}));
  EXPECT_EQ(gradient_after_fill(0x11, hazard), gradient_after_fill(0x11, hazard));
  for (int fill : {0x01, 0x5a, 0x80, 0xa5, 0xfe}) {
    const std::vector<float> gradient = gradient_after_fill(fill, hazard);
    EXPECT_NE(gradient, gradient_after_fill(0x11, hazard)) << fill;
    for (float value : gradient) ASSERT_TRUE(std::isfinite(value)) << fill;
  }
}

// Lets other threads claim blocks first, now and then.
void wait_at_times() {
  static std::atomic<unsigned> claims{0};
  if (claims.fetch_add(1, std::memory_order_relaxed) % 5 == 0)
    std::this_thread::sleep_for(std::chrono::microseconds(20));
}

TEST(HogwildTest, VariesOnlyWithThreads) {
  const auto updated = [](unsigned threads) {
    Bench bench(threads);
    bench.executor.pool().at_claims(wait_at_times);
    for (int i = 0; i < 20; ++i)
      hogwild_update(bench.context, {"update"}, bench.layer.dense(), 0.1f);
    return bench.weights();
  };
  const std::vector<float> in_order = updated(1);
  EXPECT_EQ(updated(1), in_order);
  // Each of 320 claims may let another thread pass, also where all threads share a busy core. On
  // two idle cores over 90 % of runs leave the order without that (docs/workload.md).
  bool varied = false;
  for (int attempt = 0; attempt < 50 && !varied; ++attempt) varied = updated(4) != in_order;
  EXPECT_TRUE(varied);
}

TEST(GradientNormTest, ScalesToTheNormAndHashOrderOnlyRounds) {
  const auto scaled = [](HazardSet hazards) {
    Bench bench(2, hazards);
    bench.layer.backward();
    GradientNorm norm(bench.context, bench.parameters, 0.25f);
    norm.measure();
    double squares = 0;
    for (const Parameter& parameter : bench.parameters)
      for (size_t i = 0; i < parameter.gradient.elements; ++i)
        squares += static_cast<double>(parameter.gradient.data[i]) *
                   static_cast<double>(parameter.gradient.data[i]);
    return std::sqrt(squares) * static_cast<double>(*norm.scale().data);
  };
  // A float sum of squares of 490 terms and one product: well within 1e-5 of the norm.
  EXPECT_NEAR(scaled({}), 0.25, 1e-5);
  EXPECT_NEAR(scaled(planted(Hazard::kHashOrder)), 0.25, 1e-5);
}

// The two halves of the batch swapped, and another epoch.
TEST(AugmentationTest, DependsOnSampleAndEpochNotOnThePlaceInABatch) {
  constexpr size_t kSide = 8, kBatch = 4, kPlane = kSide * kSide;
  Executor executor(2);
  Arena arena{executor};
  const Seeding seeding(2);
  Context context{executor, arena, seeding, kernels::Variant::kDeterministic, {}};
  const Tensor<float> output = arena.tensor<float>("images", kBatch * kPlane);
  Augmentation augmentation(context, kBatch, 100, kSide, kSide, output);
  const auto augmented = [&](uint64_t epoch, std::vector<uint64_t> samples) {
    LoadedBatch batch{0, epoch, std::move(samples), {}, {}};
    for (uint64_t sample : batch.samples)
      for (size_t i = 0; i < kPlane; ++i)
        batch.images.push_back(static_cast<float>(sample) + static_cast<float>(i) * 0.01f);
    augmentation.run(batch);
    return std::vector<float>(output.data, output.data + output.elements);
  };
  const auto half = [&](const std::vector<float>& images, size_t which) {
    const auto first = images.begin() + static_cast<ptrdiff_t>(which * kBatch / 2 * kPlane);
    return std::vector<float>(first, first + static_cast<ptrdiff_t>(kBatch / 2 * kPlane));
  };
  const std::vector<float> images = augmented(0, {10, 20, 30, 40});
  const std::vector<float> swapped = augmented(0, {30, 40, 10, 20});
  EXPECT_EQ(half(images, 0), half(swapped, 1));
  EXPECT_EQ(half(images, 1), half(swapped, 0));
  EXPECT_NE(augmented(1, {10, 20, 30, 40}), images);
}

TEST(ArenaTest, TensorsAreAlignedClearedAndApart) {
  Executor executor(1);
  Arena arena{executor};
  std::set<const void*> seen;
  for (size_t elements : {size_t{1}, size_t{100}, size_t{5000}, size_t{1} << 20}) {
    const Tensor<float> tensor = arena.tensor<float>("t" + std::to_string(elements), elements);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.data) % 64, 0u);
    EXPECT_TRUE(seen.insert(tensor.data).second);
    for (size_t i = 0; i < elements; ++i) ASSERT_EQ(tensor.data[i], 0.0f);
    EXPECT_EQ(tensor.name, "t" + std::to_string(elements));
  }
}

// Flags of the mapping that holds an address, as /proc/self/smaps lists them: "rd wr mr mw me ac
// hg".
std::string mapping_flags(const void* data) {
  const auto address = reinterpret_cast<uintptr_t>(data);
  std::ifstream smaps("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(smaps, line);) {
    uintptr_t begin = 0, end = 0;
    char dash = 0;
    std::istringstream range(line);
    if (range >> std::hex >> begin >> dash >> end && dash == '-')
      inside = begin <= address && address < end;
    if (inside && line.starts_with("VmFlags:")) return line + " ";
  }
  return "";
}

TEST(ArenaTest, LargeTensorsLieInHugePages) {
  if (!std::filesystem::exists("/sys/kernel/mm/transparent_hugepage"))
    GTEST_SKIP() << "the kernel has no transparent huge pages";
  Executor executor(1);
  Arena arena{executor};
  for (size_t megabytes : {1, 1, 40, 1}) {
    const Tensor<uint8_t> tensor = arena.tensor<uint8_t>("t", megabytes << 20);
    for (const uint8_t* at : {tensor.data, tensor.data + tensor.elements - 1})
      EXPECT_NE(mapping_flags(at).find(" hg "), std::string::npos) << mapping_flags(at);
  }
  EXPECT_EQ(mapping_flags(arena.tensor<float>("small", 1).data).find(" hg "), std::string::npos);
}

TEST(SeedingTest, StreamsAreApartAndFollowTheSeed) {
  const Seeding one(1), again(1), two(2);
  EXPECT_EQ(one.derive("dropout"), again.derive("dropout"));
  EXPECT_NE(one.derive("dropout"), two.derive("dropout"));
  std::set<uint64_t> seeds;
  for (const char* stream : {"weights", "dropout", "shuffle", "augmentation", "drawing", ""})
    for (uint64_t seed = 0; seed < 100; ++seed) seeds.insert(Seeding(seed).derive(stream));
  EXPECT_EQ(seeds.size(), 600u);
}

}  // namespace
}  // namespace detaudit::workload
