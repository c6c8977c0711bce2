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

// A value that a run lacks is a difference, unless that run lost records or did not end well.
bool is_whole(const ObservedRun& run) {
  return run.facts.finished && !run.facts.lossy && !run.failed();
}

// All comparisons of one metric, put together.
struct MetricRecord {
  bool recorded = true;        // values were compared in every comparison
  bool outside = false;
  bool not_a_number = false;
  uint64_t unpaired = 0;
  double worst = 0;
};
MetricRecord gather(const MetricTolerance& metric, const Observation& observation) {
  MetricRecord record;
  record.recorded = !observation.comparisons.empty();
  for (const Comparison& comparison : observation.comparisons) {
    auto it = comparison.metrics.find(metric.name);
    if (it == comparison.metrics.end() || it->second.compared + it->second.unpaired == 0) {
      record.recorded = false;
      continue;
    }
    const MetricSeries& series = it->second;
    record.worst = std::max(record.worst, series.max_abs_difference);
    // Written so that a NaN is outside.
    record.outside |= !(series.max_abs_difference <= allowed(metric, series));
    record.not_a_number |= series.not_a_number;
    record.unpaired = std::max(record.unpaired, series.unpaired);
  }
  return record;
}

void judge_metric(const MetricTolerance& metric, const Observation& observation,
                  MetricsJudgement& judgement) {
  const MetricRecord record = gather(metric, observation);
  if (!record.recorded) {
    judgement.missing.push_back(metric.name);
    judgement.lines.push_back(
        fmt::format("metric `{}` was not recorded in every run", metric.name));
    return;
  }
  if (record.unpaired > 0) {
    const bool whole = std::all_of(observation.runs.begin(), observation.runs.end(), is_whole);
    if (whole) judgement.outside = true;
    else judgement.missing.push_back(metric.name);
    judgement.lines.push_back(fmt::format("metric `{}` has {} value{} in one run only",
                                          metric.name, record.unpaired,
                                          record.unpaired == 1 ? "" : "s"));
  }
  if (record.not_a_number && !record.outside) {
    judgement.missing.push_back(metric.name);
    judgement.lines.push_back(
        fmt::format("metric `{}` is not a number: no tolerance holds it", metric.name));
    return;
  }
  judgement.outside |= record.outside;
  judgement.lines.push_back(fmt::format(
      "metric `{}` differs by at most {:.6g}, {} the tolerance of {:.6g}{}", metric.name,
      record.worst, record.outside ? "outside" : "within", metric.tolerance,
      metric.kind == MetricTolerance::Kind::kRelative ? " (relative)" : ""));
}

}  // namespace

MetricsJudgement judge_metrics(const Plan& plan, const Observation& observation) {
  MetricsJudgement judgement;
  if (plan.goal != Goal::kMetrics) return judgement;
  for (const MetricTolerance& metric : plan.metrics) judge_metric(metric, observation, judgement);
  return judgement;
}

std::vector<reports::ReportMetric> report_metrics(const Plan& plan,
                                                  const Observation& observation) {
  std::map<std::string, reports::ReportMetric> metrics;
  for (const Comparison& comparison : observation.comparisons) {
    for (const auto& [name, series] : comparison.metrics) {
      reports::ReportMetric& metric = metrics[name];
      metric.name = name;
      // Of no pair nothing is known: no value is no zero.
      const auto last = [&](double value) { return series.compared > 0 ? value : std::nan(""); };
      if (metric.last_values.empty()) metric.last_values.push_back(last(series.last_first));
      metric.last_values.push_back(last(series.last_second));
      metric.max_abs_difference = std::max(metric.max_abs_difference, series.max_abs_difference);
      if (const MetricTolerance* tolerance = tolerance_for(plan, name)) {
        metric.tolerance = tolerance->tolerance;
        metric.within &= series.max_abs_difference <= allowed(*tolerance, series) &&
                         series.unpaired == 0 && !series.not_a_number;
      }
    }
  }
  std::vector<reports::ReportMetric> result;
  for (auto& [name, metric] : metrics) result.push_back(std::move(metric));
  return result;
}

}  // namespace detaudit::auditor
