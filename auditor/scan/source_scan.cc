#include "auditor/scan/source_scan.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "auditor/launch/runner.h"
#include "auditor/scan/clang_arguments.h"
#include "auditor/scan/reader_crew.h"
#include "reports/codes.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using reports::ScanFinding;
using reports::ScannedFile;
using reports::ScanReport;
using reports::ScanStatus;

constexpr uintmax_t kLargestSource = uintmax_t{16} << 20;

struct Source {
  const ScanPath* given;
  std::string real_path;
};

// Where findings of real paths belong, and each place once however many units show it.
class Collection {
 public:
  Collection(const std::vector<Source>& sources, ScanReport& report) : report_(report) {
    for (const Source& source : sources) {
      shown_.emplace(source.real_path, source.given->path.string());
    }
  }

  void add(const Reading& reading) {
    for (const ReadFinding& finding : reading.findings) add(finding);
  }

 private:
  void add(const ReadFinding& found) {
    if (shown_.contains(found.place.file)) return put(found, found.place, {});
    // In a file that nobody asked about: it belongs to those who call it from one that somebody did.
    std::set<std::string> files;
    for (const ReadPlace& caller : found.callers) {
      if (!shown_.contains(caller.file) || !files.insert(caller.file).second) continue;
      put(found, caller,
          fmt::format("by way of `{}`, at {}:{}", found.place.function, found.place.file,
                      found.place.line));
    }
  }

  void put(const ReadFinding& found, const ReadPlace& place, const std::string& way) {
    const reports::Code* code = reports::find_code(found.code);
    if (code == nullptr) return;
    const auto key = std::make_tuple(place.file, place.line, place.column, found.code);
    const auto [at, fresh] = places_.emplace(key, report_.findings.size());
    if (!fresh) return;
    ScanFinding finding;
    finding.code = found.code;
    finding.severity = code->severity;
    finding.message = found.message;
    finding.label = found.label;
    finding.cause = found.cause;
    finding.proof = "inferred";
    finding.kernel = place.function;
    finding.file = shown_.at(place.file);
    finding.location = reports::SourceLocation{finding.file, place.line, place.column, {}};
    finding.end_line = place.end_line;
    finding.end_column = place.end_column;
    if (!way.empty()) finding.evidence.push_back(way);
    finding.evidence.insert(finding.evidence.end(), found.evidence.begin(), found.evidence.end());
    finding.fix.summary = found.fix;
    finding.fix.replacement = found.replacement;
    report_.findings.push_back(std::move(finding));
  }

  ScanReport& report_;
  std::unordered_map<std::string, std::string> shown_;  // by real path
  std::map<std::tuple<std::string, unsigned, unsigned, std::string>, size_t> places_;
};

ScannedFile file_facts(const Source& source, const Reading& reading) {
  ScannedFile file;
  file.path = source.given->path.string();
  file.kind = kind_name(source.given->kind);
  file.status = reading.status;
  file.reasons = reading.reasons;
  return file;
}

// What need not be asked of a reader.
std::optional<Reading> read_at_once(const Source& source) {
  if (source.given->kind == SourceKind::kCython) return skipped_reading("Cython is not read");
  std::error_code error;
  const uintmax_t bytes = fs::file_size(source.given->path, error);
  if (error) return skipped_reading("cannot be read: " + error.message());
  if (bytes > kLargestSource) {
    return skipped_reading(fmt::format("{} bytes: more than {} MiB is no source that somebody wrote",
                                       bytes, kLargestSource >> 20));
  }
  return std::nullopt;
}

class SourceScan {
 public:
  SourceScan(const ScanRequest& request, std::vector<Source> sources, ScanReport& report)
      : request_(request), sources_(std::move(sources)), collection_(sources_, report),
        report_(report), cuda_(find_cuda_toolkit()) {}

  void run() {
    std::vector<const Source*> scripts, units, headers;
    for (const Source& source : sources_) {
      const std::optional<Reading> at_once = read_at_once(source);
      if (at_once) {
        note(source, *at_once);
      } else if (source.given->kind == SourceKind::kPython) {
        scripts.push_back(&source);
      } else {
        (is_header(source.given->kind) ? headers : units).push_back(&source);
      }
    }
    read_scripts(scripts);
    read_units(units);
    std::vector<const Source*> alone;
    for (const Source* header : headers) {
      if (included_.contains(header->real_path)) {
        note(*header, Reading{});
      } else {
        alone.push_back(header);
      }
    }
    read_units(alone);
  }

 private:
  void note(const Source& source, const Reading& reading) {
    report_.files.push_back(file_facts(source, reading));
    collection_.add(reading);
  }

  void read_scripts(const std::vector<const Source*>& scripts) {
    if (scripts.empty()) return;
    fs::path python;
    try {
      python = resolve_program("python3");
    } catch (const reports::DiagnosticError& error) {
      return skip(scripts, "reading it takes python3: " + error.diagnostic().message);
    }
    const fs::path reader = scan_parts() / "script" / "read_scripts.py";
    read(scripts, {python.string(), "-I", "-S", "-B", reader.string()},
         [](const Source&) { return std::vector<std::string>(); });
  }

  void read_units(const std::vector<const Source*>& units) {
    if (units.empty()) return;
    const fs::path reader = scan_parts() / "detaudit-source-reader";
    std::error_code error;
    if (!fs::exists(reader, error)) {
      return skip(units, "this build of detaudit has no libclang, and reads no C, C++ or CUDA C++");
    }
    read(units, {reader.string()}, [this](const Source& source) {
      return default_arguments(source.real_path, source.given->kind, cuda_);
    });
  }

  template <typename Arguments>
  void read(const std::vector<const Source*>& sources, const std::vector<std::string>& argv,
            Arguments arguments) {
    std::vector<ReadingRequest> requests;
    for (const Source* source : sources) {
      requests.push_back({source->real_path, arguments(*source)});
    }
    std::vector<Reading> readings = read_all(argv, requests, request_.threads);
    for (size_t i = 0; i < readings.size(); ++i) {
      degrade_without_toolkit(*sources[i], readings[i]);
      note(*sources[i], readings[i]);
      included_.insert(readings[i].includes.begin(), readings[i].includes.end());
    }
  }

  void degrade_without_toolkit(const Source& source, Reading& reading) const {
    const SourceKind kind = source.given->kind;
    if (kind != SourceKind::kCuda && kind != SourceKind::kCudaHeader) return;
    if (!cuda_.path.empty() || reading.status == ScanStatus::kSkipped) return;
    reading.status = ScanStatus::kDegraded;
    reading.reasons.insert(reading.reasons.begin(),
                           "no CUDA toolkit is installed: its declarations are approximated");
  }

  void skip(const std::vector<const Source*>& sources, const std::string& why) {
    for (const Source* source : sources) note(*source, skipped_reading(why));
  }

  const ScanRequest& request_;
  std::vector<Source> sources_;
  Collection collection_;
  ScanReport& report_;
  CudaToolkit cuda_;
  std::unordered_set<std::string> included_;  // headers that were read with a unit
};

}  // namespace

void scan_sources(const ScanRequest& request, const std::vector<ScanPath>& files,
                  ScanReport& report) {
  std::vector<Source> sources;
  for (const ScanPath& file : files) {
    if (file.kind == SourceKind::kNone) continue;
    std::error_code error;
    const fs::path real = fs::canonical(file.path, error);
    sources.push_back({&file, error ? file.path.string() : real.string()});
  }
  if (!sources.empty()) SourceScan(request, std::move(sources), report).run();
}

}  // namespace detaudit::auditor
