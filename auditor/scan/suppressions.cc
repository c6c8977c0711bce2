#include "auditor/scan/suppressions.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "auditor/scan/source_kind.h"
#include "reports/codes.h"

namespace detaudit::auditor {
namespace {

using reports::ScanFinding;
using reports::ScannedFile;
using reports::ScanReport;

constexpr std::string_view kMark = "detaudit:";
constexpr std::string_view kSpaces = " \t\r*";

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

bool is_scan_code(std::string_view code) {
  return reports::find_code(code) != nullptr && code >= "DET200" && code < "DET900";
}

std::string whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

ScanFinding comment_finding(const char* code, const std::string& file, unsigned line,
                            unsigned column) {
  ScanFinding finding;
  finding.code = code;
  finding.severity = reports::find_code(code)->severity;
  finding.cause = "unknown";
  finding.proof = "recorded";
  finding.file = file;
  finding.location = reports::SourceLocation{file, line, column, {}};
  return finding;
}

ScanFinding fault_finding(const std::string& file, const Suppressions::Fault& fault) {
  ScanFinding finding = comment_finding("DET910", file, fault.line, fault.column);
  finding.message = "a suppression that allows nothing: " + fault.what;
  finding.label = fault.what;
  finding.fix.summary =
      "write `detaudit: allow(CODE) reason`, with a code of a scan and why it is fine";
  return finding;
}

ScanFinding unused_finding(const std::string& file, const Suppressions::Allowed& allowed) {
  ScanFinding finding = comment_finding("DET911", file, allowed.line, allowed.column);
  finding.message = fmt::format("a suppression of {} that matches nothing", allowed.code);
  finding.label = "nothing is found here";
  finding.fix.summary = "remove it, or move it to the line of the finding or the one above";
  return finding;
}

bool has_comments(const ScannedFile& file) {
  return reports::is_source(file) && file.status != reports::ScanStatus::kSkipped;
}

}  // namespace

Suppressions::Suppressions(std::string_view text, CommentSyntax syntax) {
  if (text.find(kMark) == std::string_view::npos) return;
  const std::vector<Comment> comments = comments_of(text, syntax);
  for (size_t i = 0; i < comments.size(); ++i) {
    unsigned target = comments[i].line;
    if (comments[i].alone) {
      ++target;
      for (size_t j = i + 1; j < comments.size(); ++j) {
        if (comments[j].alone && comments[j].line == target) ++target;
      }
    }
    read(comments[i], target);
  }
}

void Suppressions::read(const Comment& comment, unsigned target) {
  std::string_view text = trimmed(comment.text);
  if (!text.starts_with(kMark)) return;
  text = trimmed(text.substr(kMark.size()));
  if (!text.starts_with("allow")) return;
  auto fault = [&](std::string what) {
    faults_.push_back({std::move(what), comment.line, comment.column});
  };
  const size_t close = text.find(')');
  if (!text.starts_with("allow(") || close == std::string_view::npos) {
    return fault("it is not of the form allow(CODE) reason");
  }
  const std::string_view reason = trimmed(text.substr(close + 1));
  if (reason.empty()) return fault("it gives no reason");
  std::istringstream codes(std::string(text.substr(6, close - 6)));
  bool any = false;
  for (std::string word; std::getline(codes, word, ','); any = true) {
    const std::string code(trimmed(word));
    if (!is_scan_code(code)) return fault("`" + code + "` is no code of a scan");
    allowed_.push_back({code, std::string(reason), comment.line, comment.column, target, 0});
  }
  if (!any) fault("it names no code");
}

bool Suppressions::allows(const std::string& code, unsigned line) {
  bool any = false;
  for (Allowed& each : allowed_) {
    if (each.code != code || (each.target != line && each.line != line)) continue;
    ++each.used;
    any = true;
  }
  return any;
}

void apply_suppressions(ScanReport& report, Unmatched unmatched) {
  std::map<std::string, Suppressions> files;
  for (const ScannedFile& file : report.files) {
    if (!has_comments(file)) continue;
    const CommentSyntax syntax =
        file.kind == kind_name(SourceKind::kPython) ? CommentSyntax::kPython : CommentSyntax::kC;
    Suppressions found(whole_file(file.path), syntax);
    if (!found.empty()) files.emplace(file.path, std::move(found));
  }
  std::erase_if(report.findings, [&](const ScanFinding& finding) {
    const auto file = files.find(finding.file);
    return file != files.end() && finding.location &&
           file->second.allows(finding.code, finding.location->line);
  });
  for (const auto& [path, suppressions] : files) {
    for (const auto& fault : suppressions.faults()) {
      report.findings.push_back(fault_finding(path, fault));
    }
    for (const auto& allowed : suppressions.allowed()) {
      if (allowed.used > 0) {
        report.suppressions.push_back(
            {allowed.code, path, allowed.line, allowed.reason, allowed.used});
      } else if (unmatched == Unmatched::kTold) {
        report.findings.push_back(unused_finding(path, allowed));
      }
    }
  }
}

}  // namespace detaudit::auditor
