#include <nlohmann/json.hpp>

#include "reports/printable.h"
#include "reports/scan_report.h"

namespace detaudit::reports {
namespace {

using Json = nlohmann::ordered_json;

Json text(const std::string& value) { return valid_utf8(value); }

Json text_or_null(const std::string& value) { return value.empty() ? Json(nullptr) : text(value); }

Json texts(const std::vector<std::string>& values) {
  Json array = Json::array();
  for (const std::string& value : values) array.push_back(text(value));
  return array;
}

Json file(const ScannedFile& file) {
  return {{"path", text(file.path)},
          {"kind", file.kind},             {"status", scan_status_name(file.status)},
          {"cubins", file.cubins},         {"ptx", file.ptx},
          {"kernels", file.kernels},       {"sms", file.sms},
          {"reasons", texts(file.reasons)},
          {"facts", texts(file.facts)}};
}

Json location(const SourceLocation& location) {
  return {{"file", text(location.file)},
          {"line", location.line},
          {"column", location.column > 0 ? Json(location.column) : Json(nullptr)}};
}

Json sight(const HazardSight& sight) {
  return {{"outcome", sight_name(sight.sight)},
          {"findings", texts(sight.findings)},
          {"why", text_or_null(sight.why)}};
}

Json finding(const ScanFinding& finding) {
  const Json cost = finding.fix.cost_ratio ? Json(*finding.fix.cost_ratio) : Json(nullptr);
  Json json = {{"id", text(finding.id)},
               {"code", text(finding.code)},
               {"severity", severity_name(finding.severity)},
               {"message", text(finding.message)},
               {"cause", text(finding.cause)},
               {"proof", text(finding.proof)},
               {"kernel", text(finding.kernel)},
               {"symbol", text(finding.symbol)},
               {"file", text(finding.file)},
               {"sms", finding.sms},
               {"location", finding.location ? location(*finding.location) : Json(nullptr)},
               {"evidence", texts(finding.evidence)},
               {"fix",
                {{"summary", text(finding.fix.summary)},
                 {"replacement", text_or_null(finding.fix.replacement)},
                 {"cost_ratio", cost}}}};
  if (finding.sight) json["audit"] = sight(*finding.sight);
  return json;
}

Json audit(const ScanReport& report) {
  return {{"id", text(report.audit->id)},
          {"verdict", report.audit->verdict},
          {"diverged", count_findings(report, Sight::kDiverged)},
          {"ran", count_findings(report, Sight::kRan)},
          {"did_not_run", count_findings(report, Sight::kDidNotRun)},
          {"not_seen", count_findings(report, Sight::kNotSeen)}};
}

Json suppression(const ScanSuppression& suppression) {
  return {{"code", suppression.code},
          {"file", text(suppression.file)},
          {"line", suppression.line},
          {"reason", text(suppression.reason)},
          {"findings", suppression.findings}};
}

}  // namespace

std::string render_scan_json(const ScanReport& report) {
  Json files = Json::array(), findings = Json::array(), suppressions = Json::array();
  for (const ScannedFile& each : report.files) files.push_back(file(each));
  for (const ScanFinding& each : report.findings) findings.push_back(finding(each));
  for (const ScanSuppression& each : report.suppressions) suppressions.push_back(suppression(each));
  Json document = {{"schema", "detaudit.scan/1"},
                   {"coverage",
                    {{"scanned", count_files(report, ScanStatus::kScanned)},
                     {"degraded", count_files(report, ScanStatus::kDegraded)},
                     {"skipped", count_files(report, ScanStatus::kSkipped)},
                     {"without_gpu_code", report.ignored_files},
                     {"excluded", report.excluded},
                     {"files", files}}},
                   {"summary",
                    {{"errors", count_findings(report, Severity::kError)},
                     {"warnings", count_findings(report, Severity::kWarning)},
                     {"notes", count_findings(report, Severity::kNote)}}},
                   {"findings", findings},
                   {"suppressions", suppressions}};
  if (report.audit) document["audit"] = audit(report);
  return document.dump(2) + "\n";
}

}  // namespace detaudit::reports
