#include <gtest/gtest.h>

#include <vector>

#include "auditor/compare/sample_sums.h"
#include "tests/unit/auditor/planned_trace.h"

namespace detaudit::auditor {
namespace {

using Batches = std::vector<std::vector<uint64_t>>;

constexpr uint64_t kDataset = 1;

void note(SampleSums& sums, Side side, uint64_t order, const std::vector<uint64_t>& samples) {
  kernels::Digest digests[2];
  for (const uint64_t sample : samples) digests[1] = kernels::add(digests[1], digest_of(sample));
  instrument::Event event;
  event.kind = instrument::EventKind::kBatch;
  event.order = order;
  event.outputs = digests;
  sums.note(side, kDataset, event);
}

// The second run's batches come `lag` after the first's.
SampleSums drawn(const Batches& first, const Batches& second, size_t lag = 0) {
  SampleSums sums;
  for (size_t i = 0; i < std::max(first.size(), second.size() + lag); ++i) {
    if (i < first.size()) note(sums, Side::kFirst, i * 10, first[i]);
    if (i >= lag && i - lag < second.size()) note(sums, Side::kSecond, i * 10, second[i - lag]);
  }
  return sums;
}

TEST(SampleSums, OtherBatchesOfTheSameSamplesAgree) {
  EXPECT_TRUE(drawn({{1, 2}, {3, 4}}, {{1, 3}, {4, 2}}).agree_from(kDataset, 0));
  EXPECT_FALSE(drawn({{1, 2}, {3, 4}}, {{1, 3}, {5, 2}}).agree_from(kDataset, 0));
}

TEST(SampleSums, AgreeThoughTheRunEndsOnOthers) {
  const Batches first{{1, 2}, {3, 4}, {5, 6}}, second{{1, 3}, {2, 4}, {5, 7}};
  for (const size_t lag : {0, 1, 2}) {
    EXPECT_TRUE(drawn(first, second, lag).agree_from(kDataset, 0));
    EXPECT_TRUE(drawn(first, second, lag).agree_from(kDataset, 10));
    EXPECT_FALSE(drawn(first, second, lag).agree_from(kDataset, 20));
    EXPECT_TRUE(drawn(second, first, lag).agree_from(kDataset, 10));
  }
}

TEST(SampleSums, AgreementBeforeTheDivergenceSaysNothing) {
  EXPECT_FALSE(drawn({{1, 2}, {3, 4}}, {{1, 2}, {3, 5}}).agree_from(kDataset, 10));
}

TEST(SampleSums, ASampleTwiceIsNotTheSampleOnce) {
  EXPECT_FALSE(drawn({{1, 1, 2}}, {{1, 2, 2}}).agree_from(kDataset, 0));
}

TEST(SampleSums, AnUnknownDatasetDoesNotAgree) {
  EXPECT_FALSE(SampleSums().agree_from(kDataset, 0));
}

TEST(SampleSums, RunsFarApartAreComparedAsWholes) {
  const Batches many(70'000, {1, 2});
  Batches other = many;
  EXPECT_TRUE(drawn(many, other, many.size()).agree_from(kDataset, 0));
  other.back() = {1, 3};
  EXPECT_FALSE(drawn(many, other, many.size()).agree_from(kDataset, 0));
}

}  // namespace
}  // namespace detaudit::auditor
