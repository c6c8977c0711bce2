#include "auditor/scan/scan.h"

#include <cxxabi.h>

#include <fmt/format.h>
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <tuple>

#include "auditor/scan/changed_lines.h"
#include "auditor/scan/file_damage.h"
#include "auditor/scan/file_source.h"
#include "auditor/scan/gpu_file.h"
#include "auditor/scan/scan_paths.h"
#include "auditor/scan/source_scan.h"
#include "auditor/scan/suppressions.h"

namespace detaudit::auditor {
namespace {

using reports::ScanFinding;
using reports::ScannedFile;
using reports::ScanReport;
using reports::ScanStatus;

constexpr size_t kLongestMangledName = size_t{1} << 16;  // what nobody wrote is shown as it is

std::string demangled(const std::string& name) {
  if (!name.starts_with("_Z") || name.size() > kLongestMangledName) return name;
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 && text ? text.get() : name;
}

ScannedFile file_facts(const std::string& path, const GpuCode& code) {
  ScannedFile file;
  file.path = path;
  file.kind = kind_name(SourceKind::kNone);
  file.cubins = code.cubins();
  file.ptx = code.ptx();
  file.kernels = code.kernels();
  file.sms.assign(code.sms().begin(), code.sms().end());
  for (const auto& [reason, count] : code.degraded()) {
    file.reasons.push_back(fmt::format("degraded: {} ({} times)", reason, count));
  }
  for (const auto& [reason, count] : code.skipped()) {
    file.reasons.push_back(fmt::format("skipped: {} ({} times)", reason, count));
  }
  if (!file.reasons.empty()) file.status = ScanStatus::kDegraded;
  if (file.cubins + file.ptx == 0) file.status = ScanStatus::kSkipped;
  return file;
}

void add_findings(ScanReport& report, const std::string& path,
                  const std::unordered_map<std::string, rules::KernelCode>& kernels) {
  for (const auto& [symbol, code] : kernels) {
    for (rules::GpuFinding& found : rules::judge(code)) {
      ScanFinding finding;
      finding.code = found.code;
      finding.severity = found.severity;
      finding.message = std::move(found.says);
      finding.cause = rules::cause_name(found.cause);
      finding.proof = rules::proof_name(found.proof);
      finding.symbol = symbol;
      finding.kernel = demangled(symbol);
      finding.file = path;
      finding.sms = std::move(found.sms);
      if (found.line != 0)
        finding.location = reports::SourceLocation{found.file, found.line, 0, {}};
      finding.evidence = std::move(found.evidence);
      finding.fix.summary = std::move(found.fix);
      report.findings.push_back(std::move(finding));
    }
  }
}

void keep_rules(ScanReport& report, const std::vector<std::string>& rules) {
  if (rules.empty()) return;
  std::erase_if(report.findings, [&](const ScanFinding& finding) {
    return std::find(rules.begin(), rules.end(), finding.code) == rules.end();
  });
}

// What the work since a revision adds: of sources by lines, of compiled code by files.
void keep_changed(ScanReport& report, const std::string& revision) {
  std::vector<std::filesystem::path> files;
  for (const ScannedFile& file : report.files) {
    std::error_code error;
    const std::filesystem::path real = std::filesystem::canonical(file.path, error);
    if (!error) files.push_back(real);
  }
  const ChangedLines changed(revision, files);
  std::erase_if(report.findings, [&](const ScanFinding& finding) {
    if (!is_source(finding)) return !changed.touches(finding.file);
    const unsigned line = finding.location->line;
    return !changed.touches(finding.file, line, std::max(line, finding.end_line));
  });
}

// Every finding has a place of its own, whatever order the kernels came in.
void put_in_order(ScanReport& report) {
  auto key = [](const ScanFinding& finding) {
    static const reports::SourceLocation kNowhere;
    const auto& place = finding.location ? *finding.location : kNowhere;
    return std::tie(finding.file, place.file, place.line, place.column, finding.kernel,
                    finding.symbol, finding.code);
  };
  std::sort(report.findings.begin(), report.findings.end(),
            [&](const ScanFinding& a, const ScanFinding& b) { return key(a) < key(b); });
  for (size_t i = 0; i < report.findings.size(); ++i) {
    report.findings[i].id = fmt::format("S{}", i + 1);
  }
  std::sort(report.files.begin(), report.files.end(),
            [](const ScannedFile& a, const ScannedFile& b) { return a.path < b.path; });
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw reports::usage_error(
      "DET902", fmt::format("`{}` {}", path, why),
      "name sources of C, C++, CUDA C++ or Python, compiled GPU code (a cubin, "
      "fatbin, PTX, object, library, archive, program), or a directory with some");
}

void skip(ScanReport& report, const std::string& path, const std::string& why) {
  ScannedFile file = file_facts(path, {});
  file.reasons = {why};
  report.files.push_back(std::move(file));
}

void scan_file(const ScanPath& one, unsigned threads, ScanReport& report) {
  const std::string path = one.path.string();
  std::optional<GpuFile> gpu;
  std::optional<std::string> damage;
  try {
    const FileSource source(one.path);
    gpu = read_gpu_file(source, threads);
    damage = damage_of(source);
  } catch (const reports::DiagnosticError& error) {
    if (one.named) throw;
    return skip(report, path, error.diagnostic().message);
  }
  if (!gpu) {
    if (one.named) refuse(path, damage ? "cannot be used: " + *damage : "holds no GPU code");
    if (damage) return skip(report, path, *damage);
    ++report.ignored_files;
    return;
  }
  GpuCode& code = gpu->code;
  if (damage) code.degrade(*damage);
  ScannedFile file = file_facts(path, code);
  const bool no_kernel = code.kernels() == 0 && file.status != ScanStatus::kScanned;
  // Whatever else has such bytes in it, by accident or damaged, is a file like any other.
  if (one.named && no_kernel && gpu->claimed) {
    refuse(path, "cannot be used: " + damage.value_or(file.reasons.front()));
  }
  add_findings(report, path, code.machine_code());
  add_findings(report, path, code.ptx_code());
  report.files.push_back(std::move(file));
}

}  // namespace

ScanReport scan(const ScanRequest& request) {
  ScanReport report;
  const ScanPaths paths = expand_paths(request.paths, request.excludes);
  report.excluded = paths.excluded;
  for (const ScanPath& path : paths.files) {
    if (path.kind == SourceKind::kNone) scan_file(path, request.threads, report);
  }
  scan_sources(request, paths.files, report);
  if (report.files.empty()) refuse(request.paths.front(), "holds neither sources nor GPU code");
  keep_rules(report, request.rules);
  if (request.changed_since) keep_changed(report, *request.changed_since);
  const bool all = request.rules.empty() && !request.changed_since;
  apply_suppressions(report, all ? Unmatched::kTold : Unmatched::kNotTold);
  put_in_order(report);
  return report;
}

}  // namespace detaudit::auditor
