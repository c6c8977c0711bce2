#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "auditor/workload/drawing.h"
#include "auditor/workload/loader.h"
#include "auditor/workload/sample_order.h"
#include "auditor/workload/text.h"

namespace detaudit::workload {
namespace {

ImageSet drawn(unsigned threads, uint64_t seed, uint64_t first, size_t count) {
  kernels::Pool pool(threads);
  ImageSet set{kDrawnSide, kDrawnSide, std::vector<uint8_t>(count * kDrawnSide * kDrawnSide),
               std::vector<uint8_t>(count)};
  draw_images(pool, seed, first, set);
  return set;
}

TEST(Drawing, AnImageDependsOnSeedAndIndexAlone) {
  const ImageSet all = drawn(1, 7, 0, 100), again = drawn(3, 7, 0, 100);
  EXPECT_EQ(all.pixels, again.pixels);
  EXPECT_EQ(all.labels, again.labels);
  const ImageSet tail = drawn(2, 7, 60, 40);
  EXPECT_TRUE(std::equal(tail.pixels.begin(), tail.pixels.end(),
                         all.pixels.begin() + 60 * static_cast<ptrdiff_t>(all.plane())));
  EXPECT_NE(drawn(1, 8, 0, 100).pixels, all.pixels);
}

TEST(Drawing, ClassesAreBalancedAndImagesDiffer) {
  const ImageSet set = drawn(2, 3, 0, 1000);
  std::array<int, kClasses> count{};
  std::set<std::vector<uint8_t>> distinct;
  for (size_t i = 0; i < set.size(); ++i) {
    ASSERT_LT(set.labels[i], kClasses);
    ++count[set.labels[i]];
    const uint8_t* first = set.pixels.data() + i * set.plane();
    distinct.insert(std::vector<uint8_t>(first, first + set.plane()));
  }
  // 100 expected with a deviation under 10; the images are fixed, so this cannot flicker.
  for (int images : count) EXPECT_GT(images, 60);
  EXPECT_EQ(distinct.size(), set.size());
}

TEST(SampleOrderTest, EveryEpochHoldsEverySampleOnce) {
  const Seeding seeding(5);
  SampleOrder order(seeding, {}, 60, 6, Shuffling::kEachEpoch);
  std::vector<std::vector<uint64_t>> epochs(2);
  for (uint64_t i = 0; i < 20; ++i) {
    std::array<uint64_t, 6> batch;
    EXPECT_EQ(order.next(batch.data()), i / 10);
    epochs[i / 10].insert(epochs[i / 10].end(), batch.begin(), batch.end());
  }
  EXPECT_NE(epochs[0], epochs[1]);
  for (std::vector<uint64_t>& epoch : epochs) {
    std::sort(epoch.begin(), epoch.end());
    std::vector<uint64_t> all(60);
    std::iota(all.begin(), all.end(), uint64_t{0});
    EXPECT_EQ(epoch, all);
  }
}

TEST(SampleOrderTest, ShufflingOnceKeepsTheOrderAndASeedDecidesIt) {
  const auto first_batches = [](uint64_t seed, Shuffling shuffling) {
    const Seeding seeding(seed);
    SampleOrder order(seeding, {}, 50, 50, shuffling);
    std::vector<std::vector<uint64_t>> batches(2, std::vector<uint64_t>(50));
    for (auto& batch : batches) order.next(batch.data());
    return batches;
  };
  const auto once = first_batches(1, Shuffling::kOnce);
  EXPECT_EQ(once[0], once[1]);
  EXPECT_EQ(first_batches(1, Shuffling::kEachEpoch), first_batches(1, Shuffling::kEachEpoch));
  EXPECT_NE(first_batches(2, Shuffling::kOnce), once);
}

TEST(SampleOrderTest, AnUnseededShuffleIgnoresTheSeed) {
  const Seeding seeding(1);
  HazardSet hazard;
  hazard.add(Hazard::kUnseededShuffle);
  std::set<std::vector<uint64_t>> orders;
  // Two equal orders of 100 samples in 4 draws: under 1e-8, the odds that two 32-bit seeds meet.
  for (int i = 0; i < 4; ++i) {
    std::vector<uint64_t> batch(100);
    SampleOrder(seeding, hazard, 100, 100, Shuffling::kOnce).next(batch.data());
    orders.insert(batch);
  }
  EXPECT_EQ(orders.size(), 4u);
}

TEST(LoaderTest, DeliversInSequenceWhateverThreadsPrepared) {
  const ImageSet images = drawn(2, 1, 0, 200);
  const Seeding seeding(9);
  SampleOrder expected(seeding, {}, images.size(), 8, Shuffling::kEachEpoch);
  SampleOrder order(seeding, {}, images.size(), 8, Shuffling::kEachEpoch);
  Loader loader(images, order, 8, 4, Delivery::kInSequence);
  for (uint64_t i = 0; i < 100; ++i) {
    const LoadedBatch& batch = loader.next();
    std::vector<uint64_t> samples(8);
    EXPECT_EQ(batch.epoch, expected.next(samples.data()));
    EXPECT_EQ(batch.sequence, i);
    ASSERT_EQ(batch.samples, samples);
    for (size_t k = 0; k < 8; ++k) {
      EXPECT_EQ(batch.labels[k], images.labels[samples[k]]);
      std::vector<float> image(images.plane());
      standardize(images.pixels.data() + samples[k] * images.plane(), images.plane(), image.data());
      ASSERT_TRUE(std::equal(image.begin(), image.end(),
                             batch.images.begin() + static_cast<ptrdiff_t>(k * image.size())));
    }
  }
}

TEST(LoaderTest, AsFinishedDeliversEveryBatchOnce) {
  const ImageSet images = drawn(2, 1, 0, 64);
  const Seeding seeding(9);
  SampleOrder order(seeding, {}, images.size(), 8, Shuffling::kEachEpoch);
  Loader loader(images, order, 8, 3, Delivery::kAsFinished);
  std::set<uint64_t> sequences;
  for (int i = 0; i < 64; ++i) sequences.insert(loader.next().sequence);
  EXPECT_EQ(sequences.size(), 64u);
}

TEST(LoaderTest, EndsWhileBatchesWait) {
  const ImageSet images = drawn(2, 1, 0, 64);
  const Seeding seeding(9);
  for (int used = 0; used < 3; ++used) {
    SampleOrder order(seeding, {}, images.size(), 8, Shuffling::kEachEpoch);
    Loader loader(images, order, 8, 4, Delivery::kInSequence);
    for (int i = 0; i < used; ++i) loader.next();
  }
}

TEST(Standardize, GivesZeroMeanAndUnitDeviation) {
  const ImageSet images = drawn(1, 4, 0, 1);
  std::vector<float> image(images.plane());
  standardize(images.pixels.data(), images.plane(), image.data());
  double sum = 0, squares = 0;
  for (float x : image) {
    sum += static_cast<double>(x);
    squares += static_cast<double>(x) * static_cast<double>(x);
  }
  EXPECT_NEAR(sum / 784, 0, 1e-5);
  EXPECT_NEAR(squares / 784, 1, 1e-2);
}

TEST(Text, IsSplitIntoSymbolsThatItHolds) {
  const std::string text = write_text(3, 20000);
  EXPECT_EQ(text.size(), 20000u);
  EXPECT_EQ(write_text(3, 20000), text);
  EXPECT_NE(write_text(4, 20000), text);
  const TextData data = split_text(text);
  EXPECT_EQ(data.train.size(), 18000u);
  EXPECT_EQ(data.test.size(), 2000u);
  EXPECT_EQ(data.symbols, std::set<char>(text.begin(), text.end()).size());
  EXPECT_LT(*std::max_element(data.train.begin(), data.train.end()), data.symbols);
}

TEST(Text, FrequencyLossIsTheEntropyOfASource) {
  // Two symbols, equally often: ln 2, up to the one that was added to each count.
  TextData data{std::vector<uint8_t>(10000), std::vector<uint8_t>(1000), 2};
  for (size_t i = 0; i < data.train.size(); ++i) data.train[i] = i % 2;
  for (size_t i = 0; i < data.test.size(); ++i) data.test[i] = i % 2;
  EXPECT_NEAR(frequency_loss(data), 0.6931, 1e-3);
}

}  // namespace
}  // namespace detaudit::workload
