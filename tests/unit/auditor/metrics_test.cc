#include "auditor/audit/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace detaudit::auditor {
namespace {

MetricSeries pairs(uint64_t compared, double first, double second) {
  MetricSeries series;
  series.compared = compared;
  series.last_first = first;
  series.last_second = second;
  series.unpaired = compared > 0 ? 0 : 1;
  return series;
}

TEST(Metrics, WhatOneRunLacksHasNoLastValue) {
  Observation observation;
  observation.runs.resize(2);
  observation.comparisons.resize(1);
  observation.comparisons[0].metrics = {{"accuracy", pairs(0, 0, 0)}, {"loss", pairs(3, 0.5, 0.25)}};
  const auto metrics = report_metrics({}, observation);
  ASSERT_EQ(metrics.size(), 2u);
  ASSERT_EQ(metrics[0].last_values.size(), 2u);
  EXPECT_TRUE(std::isnan(metrics[0].last_values[0]));
  EXPECT_TRUE(std::isnan(metrics[0].last_values[1]));
  EXPECT_EQ(metrics[1].last_values, (std::vector<double>{0.5, 0.25}));
}

}  // namespace
}  // namespace detaudit::auditor
