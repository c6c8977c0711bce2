#include "auditor/audit/metrics.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>

namespace detaudit::auditor {
namespace {

const MetricTolerance* tolerance_for(const Plan& plan, const std::string& name) {
  for (const MetricTolerance& metric : plan.metrics) {
    if (metric.name == name) return &metric;
  }
  return nullptr;
}

double allowed(const MetricTolerance& metric, const MetricSeries& series) {
  return metric.kind == MetricTolerance::Kind::kAbsolute
             ? metric.tolerance
             : metric.tolerance * std::fabs(series.last_first);
}

}  // namespace

MetricsJudgement judge_metrics(const Plan& plan, const Observation& observation) {
  MetricsJudgement judgement;
  if (plan.goal != Goal::kMetrics) return judgement;
  for (const MetricTolerance& metric : plan.metrics) {
    double worst = 0;
    bool recorded = !observation.comparisons.empty(), outside = false;
    for (const Comparison& comparison : observation.comparisons) {
      auto it = comparison.metrics.find(metric.name);
      if (it == comparison.metrics.end() || it->second.compared == 0) {
        recorded = false;
        continue;
      }
      worst = std::max(worst, it->second.max_abs_difference);
      // Written so that a NaN is outside.
      outside |= !(it->second.max_abs_difference <= allowed(metric, it->second));
    }
    if (!recorded) {
      judgement.missing.push_back(metric.name);
      judgement.lines.push_back(
          fmt::format("metric `{}` was not recorded in every run", metric.name));
    } else {
      judgement.outside |= outside;
      judgement.lines.push_back(fmt::format(
          "metric `{}` differs by at most {:.6g}, {} the tolerance of {:.6g}{}", metric.name, worst,
          outside ? "outside" : "within", metric.tolerance,
          metric.kind == MetricTolerance::Kind::kRelative ? " (relative)" : ""));
    }
  }
  return judgement;
}

std::vector<reports::ReportMetric> report_metrics(const Plan& plan,
                                                  const Observation& observation) {
  std::map<std::string, reports::ReportMetric> metrics;
  for (const Comparison& comparison : observation.comparisons) {
    for (const auto& [name, series] : comparison.metrics) {
      reports::ReportMetric& metric = metrics[name];
      metric.name = name;
      if (metric.last_values.empty()) metric.last_values.push_back(series.last_first);
      metric.last_values.push_back(series.last_second);
      metric.max_abs_difference = std::max(metric.max_abs_difference, series.max_abs_difference);
      if (const MetricTolerance* tolerance = tolerance_for(plan, name)) {
        metric.tolerance = tolerance->tolerance;
        metric.within &= series.max_abs_difference <= allowed(*tolerance, series);
      }
    }
  }
  std::vector<reports::ReportMetric> result;
  for (auto& [name, metric] : metrics) result.push_back(std::move(metric));
  return result;
}

}  // namespace detaudit::auditor
