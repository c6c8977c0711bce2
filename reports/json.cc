#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/printable.h"
#include "reports/report.h"

namespace detaudit::reports {
namespace {

using Json = nlohmann::ordered_json;

Json text(const std::string& value) { return valid_utf8(value); }

Json text_or_null(const std::string& value) { return value.empty() ? Json(nullptr) : text(value); }

Json number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

Json number_or_null(const std::optional<double>& value) {
  return value ? number(*value) : Json(nullptr);
}

Json texts(const std::vector<std::string>& values) {
  Json array = Json::array();
  for (const std::string& value : values) array.push_back(text(value));
  return array;
}

template <typename T, typename Convert>
Json array_of(const std::vector<T>& values, Convert convert) {
  Json array = Json::array();
  for (const T& value : values) array.push_back(convert(value));
  return array;
}

Json audit(const Report& report) {
  return {{"id", text(report.audit_id)},     {"verdict", text(report.verdict)},
          {"scope", text(report.scope)},     {"goal", text(report.goal)},
          {"title", text(report.title)},     {"subject", texts(report.subject)},
          {"started", text(report.started)}, {"reasons", texts(report.reasons)}};
}

Json run(const ReportRun& run) {
  return {{"index", run.index},
          {"exit_code", run.exit_code ? Json(*run.exit_code) : Json(nullptr)},
          {"signal", run.signal ? text(*run.signal) : Json(nullptr)},
          {"timed_out", run.timed_out},
          {"events", run.events},
          {"lossy", run.lossy},
          {"wall_seconds", number(run.wall_seconds)},
          {"digest", text_or_null(run.digest)},
          {"conditions", text(run.conditions)}};
}

Json coverage(const Report& report) {
  Json coverage = {{"events_compared", report.events_compared},
                   {"lanes", report.lanes},
                   {"unaligned", report.unaligned},
                   {"untested", report.untested},
                   {"propagated", report.propagated},
                   {"unseen", texts(report.unseen)},
                   {"perturbed", texts(report.perturbed)},
                   {"unperturbed", texts(report.unperturbed)}};
  if (!report.gpu.empty()) coverage["gpu"] = texts(report.gpu);
  return coverage;
}

Json magnitude(const ReportMagnitude& magnitude) {
  return {{"elements", magnitude.elements},
          {"differing", magnitude.differing},
          {"max_ulp", magnitude.max_ulp},
          {"max_abs", number(magnitude.max_abs)}};
}

Json location(const SourceLocation& location) {
  return {{"file", text(location.file)},
          {"line", location.line},
          {"column", location.column > 0 ? Json(location.column) : Json(nullptr)},
          {"text", text_or_null(location.text)}};
}

Json fix(const ReportFix& fix) {
  return {{"summary", text(fix.summary)},
          {"replacement", text_or_null(fix.replacement)},
          {"cost_ratio", number_or_null(fix.cost_ratio)}};
}

Json finding(const ReportFinding& finding) {
  return {{"id", text(finding.id)},
          {"code", text(finding.code)},
          {"severity", severity_name(finding.severity)},
          {"message", text(finding.message)},
          {"cause", text(finding.cause)},
          {"proof", text(finding.proof)},
          {"kind", text(finding.kind)},
          {"op", text(finding.op)},
          {"key", text(finding.key)},
          {"kernel", text_or_null(finding.kernel)},
          {"lane", text(finding.lane)},
          {"step", finding.step},
          {"event", finding.event},
          {"origin", finding.origin},
          {"occurrences", finding.occurrences},
          {"magnitude", finding.magnitude ? magnitude(*finding.magnitude) : Json(nullptr)},
          {"location", finding.location ? location(*finding.location) : Json(nullptr)},
          {"evidence", texts(finding.evidence)},
          {"fix", fix(finding.fix)}};
}

Json bin(const ReportBin& bin) {
  return {{"first_step", bin.first_step}, {"last_step", bin.last_step},
          {"compared", bin.compared},     {"origins", bin.origins},
          {"propagated", bin.propagated}, {"missing", bin.missing}};
}

Json metric(const ReportMetric& metric) {
  return {{"name", text(metric.name)},
          {"last_values", array_of(metric.last_values, number)},
          {"max_abs_difference", number(metric.max_abs_difference)},
          {"tolerance", number_or_null(metric.tolerance)},
          {"within", metric.within}};
}

Json operation(const ReportOperation& operation) {
  return {{"op", text(operation.op)},           {"kind", text(operation.kind)},
          {"events", operation.events},         {"origins", operation.origins},
          {"propagated", operation.propagated}, {"replayed", operation.replayed},
          {"varied", operation.varied}};
}

}  // namespace

std::string render_json(const Report& report) {
  Json document = {
      {"schema", "detaudit.report/1"},
      {"audit", audit(report)},
      {"runs", array_of(report.runs, run)},
      {"coverage", coverage(report)},
      {"confidence",
       {{"comparisons", report.comparisons},
        {"divergence_probability_upper_95", number(report.divergence_probability_upper_95)}}},
      {"findings", array_of(report.findings, finding)},
      {"timeline", array_of(report.timeline, bin)},
      {"metrics", array_of(report.metrics, metric)},
      {"operations", array_of(report.operations, operation)},
      {"experiments", texts(report.experiments)}};
  // In order of the names as written, which is how a reader of them will have it again.
  std::map<std::string, std::string> environment;
  for (const auto& [name, value] : report.environment)
    environment[valid_utf8(name)] = valid_utf8(value);
  document["environment"] = environment;
  return document.dump(2) + "\n";
}

}  // namespace detaudit::reports
