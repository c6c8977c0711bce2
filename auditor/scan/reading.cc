#include "auditor/scan/reading.h"

#include <nlohmann/json.hpp>

#include "reports/printable.h"

namespace detaudit::auditor {
namespace {

using Json = nlohmann::json;

std::string as_text(const std::string& bytes) {
  std::string text;
  for (const char each : bytes) {
    const auto byte = static_cast<unsigned char>(each);
    if (byte < 0x80) {
      text += each;
    } else {
      text += static_cast<char>(0xc0 | (byte >> 6));
      text += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return text;
}

std::string as_bytes(const std::string& text) {
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80 || i + 1 == text.size()) {
      bytes += text[i];
    } else {
      bytes += static_cast<char>((byte << 6) | (static_cast<unsigned char>(text[++i]) & 0x3f));
    }
  }
  return bytes;
}

Json as_texts(const std::vector<std::string>& list, std::string (*form)(const std::string&)) {
  Json texts = Json::array();
  for (const std::string& each : list) texts.push_back(form(each));
  return texts;
}

std::string shown(const std::string& text) { return reports::valid_utf8(text); }

Json to_json(const ReadPlace& place) {
  return {{"file", as_text(place.file)},    {"line", place.line},
          {"column", place.column},         {"end_line", place.end_line},
          {"end_column", place.end_column}, {"function", shown(place.function)}};
}

Json to_json(const ReadFinding& finding) {
  Json json = to_json(finding.place);
  json["callers"] = Json::array();
  for (const ReadPlace& caller : finding.callers) json["callers"].push_back(to_json(caller));
  json["code"] = finding.code;
  json["cause"] = finding.cause;
  json["message"] = shown(finding.message);
  json["label"] = shown(finding.label);
  json["fix"] = shown(finding.fix);
  json["replacement"] = finding.replacement;
  json["call"] = finding.call;
  json["in_kernel"] = finding.in_kernel;
  json["evidence"] = as_texts(finding.evidence, shown);
  return json;
}

ReadPlace place(const Json& json) {
  return {as_bytes(json.at("file")), json.at("line"),       json.at("column"),
          json.at("end_line"),       json.at("end_column"), json.at("function")};
}

ReadFinding finding(const Json& json) {
  ReadFinding read;
  read.place = place(json);
  for (const Json& caller : json.at("callers")) read.callers.push_back(place(caller));
  read.code = json.at("code");
  read.cause = json.at("cause");
  read.message = json.at("message");
  read.label = json.at("label");
  read.fix = json.at("fix");
  read.replacement = json.at("replacement");
  read.call = json.at("call");
  read.in_kernel = json.at("in_kernel");
  read.evidence = json.at("evidence").get<std::vector<std::string>>();
  return read;
}

reports::ScanStatus status(const std::string& name) {
  for (const auto each : {reports::ScanStatus::kScanned, reports::ScanStatus::kDegraded}) {
    if (name == reports::scan_status_name(each)) return each;
  }
  return reports::ScanStatus::kSkipped;
}

}  // namespace

std::string to_line(const ReadingRequest& request) {
  return Json{{"path", as_text(request.path)},
              {"arguments", as_texts(request.arguments, as_text)},
              {"prefix", as_text(request.prefix)},
              {"precompile_to", as_text(request.precompile_to)}}
      .dump();
}

std::string key_line(const ReadingRequest& request) {
  return to_line(ReadingRequest{request.path, request.arguments});
}

std::optional<ReadingRequest> parse_request(const std::string& line) try {
  const Json json = Json::parse(line);
  ReadingRequest request;
  request.path = as_bytes(json.at("path"));
  request.prefix = as_bytes(json.at("prefix"));
  request.precompile_to = as_bytes(json.at("precompile_to"));
  for (const std::string argument : json.at("arguments")) {
    request.arguments.push_back(as_bytes(argument));
  }
  return request;
} catch (const Json::exception&) {
  return std::nullopt;
}

std::string to_line(const Reading& reading) {
  Json findings = Json::array();
  for (const ReadFinding& each : reading.findings) findings.push_back(to_json(each));
  return Json{{"status", reports::scan_status_name(reading.status)},
              {"reasons", as_texts(reading.reasons, shown)},
              {"includes", as_texts(reading.includes, as_text)},
              {"missing", as_texts(reading.missing, as_text)},
              {"findings", findings}}
      .dump();
}

std::optional<Reading> parse_reading(const std::string& line) try {
  const Json json = Json::parse(line);
  Reading reading;
  reading.status = status(json.at("status"));
  reading.reasons = json.at("reasons").get<std::vector<std::string>>();
  for (const std::string include : json.at("includes")) {
    reading.includes.push_back(as_bytes(include));
  }
  for (const std::string name : json.value("missing", Json::array())) {
    reading.missing.push_back(as_bytes(name));
  }
  for (const Json& each : json.at("findings")) reading.findings.push_back(finding(each));
  return reading;
} catch (const Json::exception&) {
  return std::nullopt;
}

Reading skipped_reading(std::string reason) {
  Reading reading;
  reading.status = reports::ScanStatus::kSkipped;
  reading.reasons.push_back(std::move(reason));
  return reading;
}

}  // namespace detaudit::auditor
