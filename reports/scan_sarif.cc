// SARIF 2.1.0 as code hosts take it: they show rules, messages and places, and ignore `fixes` and
// `suppressions`; so the fix is in the message and the rule's help.
#include <fmt/format.h>
#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "reports/codes.h"
#include "reports/printable.h"
#include "reports/scan_report.h"

namespace detaudit::reports {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "https://json.schemastore.org/sarif-2.1.0.json";
constexpr std::string_view kUnreserved =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";

// Without `..`, which readers of SARIF should refuse: where links are, it is no matter of names.
std::filesystem::path plain_path(const std::filesystem::path& path) {
  if (std::find(path.begin(), path.end(), "..") == path.end()) return path.lexically_normal();
  std::error_code error;
  const std::filesystem::path real = std::filesystem::weakly_canonical(path, error);
  return error ? path.lexically_normal() : real;
}

// A path as a URI reference: below the working folder relative to it, for a host to find it in its
// checkout.
std::string uri(const std::string& file) {
  std::error_code error;
  const std::filesystem::path here = std::filesystem::current_path(error);
  std::filesystem::path path = plain_path(file);
  if (path.is_absolute() && !error) {
    const std::filesystem::path below = path.lexically_relative(here);
    if (!below.empty() && *below.begin() != "..") path = below;
  }
  std::string text = path.is_absolute() ? "file://" : "";
  for (const char byte : path.string()) {
    if (kUnreserved.find(byte) != std::string_view::npos) {
      text += byte;
    } else {
      text += fmt::format("%{:02X}", static_cast<unsigned char>(byte));
    }
  }
  return text;
}

Json artifact(const std::string& file) {
  Json artifact = {{"uri", uri(file)}};
  if (!artifact["uri"].get_ref<const std::string&>().starts_with("file:")) {
    artifact["uriBaseId"] = "%SRCROOT%";
  }
  return artifact;
}

// From bytes to characters, as `columnKind` says.
unsigned column(const std::string& line, unsigned bytes) {
  if (bytes == 0 || line.size() < bytes - 1) return std::max(bytes, 1u);
  return static_cast<unsigned>(character_count(valid_utf8(line.substr(0, bytes - 1)))) + 1;
}

Json region(const SourceLocation& start, const ScanFinding& finding) {
  if (start.line == 0) return {{"startLine", 1}};
  Json region = {{"startLine", start.line}};
  if (start.column == 0) return region;
  region["startColumn"] = column(read_source_line(start), start.column);
  if (finding.end_line == 0) return region;
  region["endLine"] = finding.end_line;
  const SourceLocation end{start.file, finding.end_line, finding.end_column, {}};
  region["endColumn"] = column(read_source_line(end), end.column);
  return region;
}

// FNV-1a: the same on every machine.
uint64_t hashed(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : text) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return hash;
}

// Stays with a finding when lines above it come and go: of the line's text, not its number.
class Fingerprints {
 public:
  std::string of(const ScanFinding& finding, const SourceLocation& place) {
    std::string line = read_source_line(place);
    std::erase_if(line, [](char byte) { return byte == ' ' || byte == '\t' || byte == '\r'; });
    const std::string key =
        fmt::format("{}\n{}\n{}\n{}", finding.code, finding.file, finding.symbol, line);
    return fmt::format("{:016x}:{}", hashed(key), ++seen_[key]);
  }

 private:
  std::map<std::string, unsigned> seen_;
};

std::string message(const ScanReport& report, const ScanFinding& finding) {
  std::string text = headline(finding) + ".";
  for (const std::string& fact : finding.evidence) text += "\n" + fact;
  if (finding.sight) text += "\n" + sight_sentence(report, finding);
  text += "\nFix: " + finding.fix.summary;
  if (!finding.fix.replacement.empty()) text += " (`" + finding.fix.replacement + "`)";
  return valid_utf8(text);
}

Json properties(const ScanReport& report, const HazardSight& sight) {
  return {{"id", report.audit->id},
          {"outcome", sight_name(sight.sight)},
          {"findings", sight.findings},
          {"why", valid_utf8(sight.why)}};
}

// SARIF has no severity below `note`, and ours end there.
Json result(const ScanReport& report, const ScanFinding& finding, size_t rule,
            Fingerprints& fingerprints) {
  SourceLocation place;
  place.file = finding.file;
  if (finding.location) place = *finding.location;
  Json result = {{"ruleId", finding.code},
                 {"ruleIndex", rule},
                 {"level", severity_name(finding.severity)},
                 {"message", {{"text", message(report, finding)}}},
                 {"locations",
                  {{{"physicalLocation",
                     {{"artifactLocation", artifact(place.file)},
                      {"region", region(place, finding)}}}}}},
                 {"partialFingerprints", {{"detaudit/v1", fingerprints.of(finding, place)}}}};
  if (finding.sight) result["properties"] = {{"audit", properties(report, *finding.sight)}};
  return result;
}

Json rule(const Code& code) {
  const std::string what(code.what.substr(0, code.what.find('\n')));
  const std::string help = fmt::format("{}\n\n{}\n\nExample:\n{}\n\nWhat to do:\n{}", code.what,
                                       code.why, code.example, code.fix);
  return {{"id", code.code},
          {"name", code.name},
          {"shortDescription", {{"text", what.substr(0, what.find(". ")) }}},
          {"fullDescription", {{"text", what}}},
          {"help", {{"text", help}}},
          {"defaultConfiguration", {{"level", severity_name(code.severity)}}}};
}

Json notification(const ScannedFile& file) {
  std::string text = file.path + ": " + scan_status_name(file.status);
  for (const std::string& reason : file.reasons) text += "\n" + reason;
  return {{"level", "warning"}, {"message", {{"text", valid_utf8(text)}}}};
}

}  // namespace

std::string render_scan_sarif(const ScanReport& report) {
  std::map<std::string, size_t> index;
  for (const ScanFinding& finding : report.findings) index.emplace(finding.code, 0);
  Json rules = Json::array(), results = Json::array(), notifications = Json::array();
  for (auto& [code, at] : index) {
    at = rules.size();
    rules.push_back(rule(*find_code(code)));
  }
  Fingerprints fingerprints;
  for (const ScanFinding& finding : report.findings) {
    results.push_back(result(report, finding, index.at(finding.code), fingerprints));
  }
  for (const ScannedFile& file : report.files) {
    if (file.status != ScanStatus::kScanned) notifications.push_back(notification(file));
  }
  const Json document = {
      {"$schema", kSchema},
      {"version", "2.1.0"},
      {"runs",
       {{{"tool", {{"driver", {{"name", "detaudit"}, {"rules", rules}}}}},
         {"columnKind", "unicodeCodePoints"},
         {"invocations",
          {{{"executionSuccessful", true}, {"toolExecutionNotifications", notifications}}}},
         {"results", results}}}}};
  return document.dump(2) + "\n";
}

}  // namespace detaudit::reports
