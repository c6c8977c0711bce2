#include "auditor/scan/source_scan.h"

#include <fmt/format.h>

#include <optional>
#include <unordered_set>

#include "auditor/launch/runner.h"
#include "auditor/scan/clang_arguments.h"
#include "auditor/scan/compile_database.h"
#include "auditor/scan/cuda_prefixes.h"
#include "auditor/scan/found_places.h"
#include "auditor/scan/reader_crew.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using reports::ScannedFile;
using reports::ScanReport;
using reports::ScanStatus;

constexpr uintmax_t kLargestSource = uintmax_t{16} << 20;

struct Source {
  const ScanPath* given;
  std::string real_path;
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
    return skipped_reading(
        fmt::format("{} bytes: more than {} MiB is no source that somebody wrote", bytes,
                    kLargestSource >> 20));
  }
  return std::nullopt;
}

// Whichever of the commands of one file was read worst; all that any of them found.
void join(Reading& into, Reading&& other) {
  into.status = std::max(into.status, other.status);
  for (std::string& reason : other.reasons) {
    if (std::find(into.reasons.begin(), into.reasons.end(), reason) == into.reasons.end()) {
      into.reasons.push_back(std::move(reason));
    }
  }
  for (std::string& include : other.includes) into.includes.push_back(std::move(include));
  for (ReadFinding& finding : other.findings) into.findings.push_back(std::move(finding));
}

class SourceScan {
 public:
  SourceScan(const ScanRequest& request, std::vector<Source> sources, ScanReport& report)
      : request_(request),
        sources_(std::move(sources)),
        report_(report),
        cuda_(find_cuda_toolkit(request.cuda_path)),
        cache_(request.cache) {
    for (const Source& source : sources_) {
      places_.add_file(source.real_path, source.given->path.string());
    }
    if (request.build) build_.emplace(*request.build, cuda_);
  }

  void run() {
    std::vector<const Source*> scripts, units, headers;
    for (const Source& source : sources_) {
      const std::optional<Reading> at_once = read_at_once(source);
      if (at_once) {
        note(source, *at_once, {});
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
        note(*header, Reading{}, {});
      } else {
        alone.push_back(header);
      }
    }
    read_units(alone);
    places_.move_into(report_);
  }

 private:
  void note(const Source& source, const Reading& reading, const std::vector<std::string>& facts) {
    ScannedFile file = file_facts(source, reading);
    file.facts = facts;
    report_.files.push_back(std::move(file));
    for (const ReadFinding& finding : reading.findings) places_.add(finding);
    included_.insert(reading.includes.begin(), reading.includes.end());
  }

  void skip(const std::vector<const Source*>& sources, const std::string& why) {
    for (const Source* source : sources) note(*source, skipped_reading(why), {});
  }

  void read_scripts(const std::vector<const Source*>& scripts) {
    if (scripts.empty()) return;
    fs::path python;
    try {
      python = resolve_program("python3");
    } catch (const reports::DiagnosticError& error) {
      return skip(scripts, "reading it takes python3: " + error.diagnostic().message);
    }
    const fs::path folder = scan_parts() / "script";
    const ReaderProgram reader(
        {python.string(), "-I", "-S", "-B", (folder / "read_scripts.py").string()}, {folder},
        cache_.digests());
    std::vector<ReadingRequest> requests;
    for (const Source* script : scripts) requests.push_back({script->real_path, {}});
    const std::vector<Reading> readings = read_all(reader, requests, request_.threads, cache_,
                                                   [](size_t) -> const Prefix* { return nullptr; });
    for (size_t i = 0; i < readings.size(); ++i) note(*scripts[i], readings[i], {});
  }

  void read_units(const std::vector<const Source*>& units) {
    if (units.empty()) return;
    const fs::path program = scan_parts() / "detaudit-source-reader";
    std::error_code error;
    if (!fs::exists(program, error)) {
      return skip(units, "this build of detaudit has no libclang, and reads no C, C++ or CUDA C++");
    }
    const ReaderProgram reader({program.string()}, {scan_parts() / "include"}, cache_.digests());
    std::vector<ReadingRequest> requests;
    std::vector<std::vector<CompileCommand>> commands;
    std::vector<const CompileCommand*> of_request;
    CudaPrefixes prefixes(reader, cache_);
    commands.reserve(units.size());
    for (const Source* unit : units) {
      commands.push_back(commands_for(*unit));
      for (const CompileCommand& command : commands.back()) {
        requests.push_back({unit->real_path, command.arguments});
        of_request.push_back(&command);
      }
    }
    std::vector<Reading> readings =
        read_all(reader, requests, request_.threads, cache_,
                 [&](size_t i) { return prefixes.for_command(*of_request[i]); });
    for (size_t i = 0, next = 0; i < units.size(); ++i) {
      Reading all;
      std::vector<std::string> facts;
      for (const CompileCommand& command : commands[i]) {
        join(all, std::move(readings[next++]));
        facts.insert(facts.end(), command.facts.begin(), command.facts.end());
        for (const std::string& problem : command.problems) degrade(all, problem);
      }
      note_toolkit(*units[i], all);
      note(*units[i], all, facts);
    }
  }

  std::vector<CompileCommand> commands_for(const Source& source) const {
    std::vector<CompileCommand> commands;
    if (build_) commands = build_->commands(source.real_path, source.given->kind);
    if (commands.empty()) {
      CompileCommand usual;
      usual.language = language_arguments(source.given->kind, {}, "", cuda_);
      usual.arguments = default_arguments(source.real_path, source.given->kind, cuda_);
      commands.push_back(std::move(usual));
    }
    return commands;
  }

  static void degrade(Reading& reading, const std::string& why) {
    if (reading.status == ScanStatus::kScanned) reading.status = ScanStatus::kDegraded;
    reading.reasons.push_back(why);
  }

  void note_toolkit(const Source& source, Reading& reading) const {
    const SourceKind kind = source.given->kind;
    const bool cuda = kind == SourceKind::kCuda || kind == SourceKind::kCudaHeader;
    if (cuda && cuda_.path.empty() && reading.status != ScanStatus::kSkipped) {
      degrade(reading, "no CUDA toolkit is installed: its declarations are approximated");
    }
  }

  const ScanRequest& request_;
  std::vector<Source> sources_;
  ScanReport& report_;
  CudaToolkit cuda_;
  ReadingCache cache_;
  std::optional<CompileDatabase> build_;
  FoundPlaces places_;
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
  if (!sources.empty() || request.build) SourceScan(request, std::move(sources), report).run();
}

}  // namespace detaudit::auditor
