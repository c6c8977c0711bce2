#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <iostream>
#include <sstream>
#include <thread>

#include "auditor/commands/command.h"
#include "auditor/commands/command_line.h"
#include "auditor/places/hazard_sights.h"
#include "auditor/scan/reading_cache.h"
#include "auditor/scan/scan.h"
#include "auditor/scan/source_kind.h"
#include "auditor/store/store.h"
#include "reports/codes.h"
#include "reports/phrases.h"

namespace detaudit::auditor {
namespace {

namespace po = boost::program_options;
using reports::ExitCode;
using reports::ScanReport;
using reports::Severity;

constexpr size_t kReasonsSaid = 50;
constexpr int kMostThreads = 256;

enum class Strictness { kUsual, kStrict };

// Compiled code that was not read could hide a finding: inconclusive where none was seen. Of
// sources that is so where nothing was read at all, or when it is asked for.
bool is_read_well(const ScanReport& report, Strictness strictness) {
  bool any = false;
  for (const reports::ScannedFile& file : report.files) {
    const bool whole = file.status == reports::ScanStatus::kScanned;
    if (!whole && (strictness == Strictness::kStrict || !is_source(file))) return false;
    any |= file.status != reports::ScanStatus::kSkipped;
  }
  return any;
}

ExitCode verdict(const ScanReport& report, Strictness strictness) {
  if (count_findings(report, Severity::kError) + count_findings(report, Severity::kWarning) > 0) {
    return ExitCode::kDivergent;
  }
  return is_read_well(report, strictness) ? ExitCode::kOk : ExitCode::kInconclusive;
}

void say_why(const ScanReport& report, ExitCode code) {
  if (code == ExitCode::kOk) return;
  reports::Diagnostic why;
  if (code == ExitCode::kDivergent) {
    const size_t errors = count_findings(report, Severity::kError);
    const size_t warnings = count_findings(report, Severity::kWarning);
    why.message = fmt::format("found {} and {}", reports::counted(errors, "error"),
                              reports::counted(warnings, "warning"));
    why.helps.push_back("`detaudit explain CODE` says what a finding means");
  } else {
    why.severity = Severity::kWarning;
    why.code = "DET908";
    why.message = "inconclusive: nothing was found, but not all of the code could be read";
    bool sources = false, compiled = false;
    for (const reports::ScannedFile& file : report.files) {
      for (const std::string& reason : file.reasons) {
        if (why.notes.size() < kReasonsSaid) why.notes.push_back(file.path + ": " + reason);
        sources |= is_source(file) && file.kind != kind_name(SourceKind::kPython);
        compiled |= !is_source(file);
      }
    }
    if (compiled) {
      why.helps.push_back(
          "scan the program or library that was linked from it; bytes that only look like GPU code "
          "(constants, text) hide nothing");
    }
    if (sources) why.helps.push_back("of sources, `-p BUILD` says how each is compiled");
  }
  std::cerr << render(why, colour_for(2));
}

std::string rendered(const ScanReport& report, const std::string& format) {
  if (format == "json") return render_scan_json(report);
  return format == "sarif" ? render_scan_sarif(report) : render_scan_text(report, colour_for(1));
}

// Codes of findings that a scan can have; a list may stand in one word.
std::vector<std::string> scan_codes(const std::vector<std::string>& words) {
  std::vector<std::string> codes;
  for (const std::string& word : words) {
    std::istringstream list(word);
    for (std::string given; std::getline(list, given, ',');) {
      std::string code = given;
      std::transform(code.begin(), code.end(), code.begin(),
                     [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      if (reports::find_code(code) == nullptr || code < "DET200" || code > "DET499") {
        throw command_line_error("scan", fmt::format("`{}` is no code of a scan", given));
      }
      codes.push_back(std::move(code));
    }
  }
  return codes;
}

// The audit that --audit names.
struct AuditAtHand {
  Store store;
  std::string id;
};

std::optional<AuditAtHand> audit_at_hand(const CommandLine& line) {
  const std::string asked = line.get<std::string>("audit", std::string());
  const bool database = line.has("db");
  if (asked.empty()) {
    if (database)
      throw command_line_error("scan", "--db is where --audit looks, and there is none");
    return std::nullopt;
  }
  std::error_code error;
  const bool is_file = asked.ends_with(".db") || std::filesystem::is_regular_file(asked, error);
  if (is_file && database) {
    throw command_line_error(
        "scan", fmt::format("--audit `{}` names a database, and so does --db", asked));
  }
  const std::string file =
      is_file ? asked : line.get<std::string>("db", Store::default_path().string());
  Store store(file, Store::Access::kReadOnly);
  std::string id = is_file ? store.newest() : store.resolve(asked);
  store.load(id);  // refuses one without a report, before anything is scanned
  return AuditAtHand{std::move(store), std::move(id)};
}

}  // namespace

ExitCode scan_command(const Arguments& arguments) {
  using Words = std::vector<std::string>;
  po::options_description options;
  options.add_options()
      ("format", po::value<std::string>()->default_value("text"), "text, json or sarif")
      ("rule", po::value<Words>()->composing(),
       "look for these alone: CODE[,CODE...], may be repeated")
      ("exclude", po::value<Words>()->composing(),
       "leave out of directories what this glob matches (a path, or a name along it), may be "
       "repeated")
      ("build,p", po::value<std::string>(),
       "folder of a build with compile_commands.json: how sources are compiled")
      ("changed-since", po::value<std::string>(),
       "only what the work since this revision adds (a branch, tag or commit; asks git)")
      ("cuda-path", po::value<std::string>(),
       "CUDA toolkit to read CUDA C++ with (default: the one that is installed), or none")
      ("cache", po::value<std::string>(),
       "folder for what earlier scans read (default: the user's cache)")
      ("no-cache", "read everything again, and keep nothing")
      ("threads", po::value<int>(), "files read at once (default: one a processor)")
      ("audit", po::value<std::string>(),
       "say of each finding what this audit saw of its place: AUDIT, or a database, "
       "whose newest is meant")
      ("db", po::value<std::string>(), "database that AUDIT is in (default .detaudit/audits.db)")
      ("strict", "exit 3 unless every file could be read whole")
      ("no-fail", "exit 0 whatever was found");
  const CommandLine line("scan", options, {"PATH..."}, arguments);
  if (line.helped()) return ExitCode::kOk;
  const std::string format =
      one_of("scan", "--format", line.get<std::string>("format"), {"text", "json", "sarif"});
  if (!line.has("operand-PATH")) throw command_line_error("scan", "no path given");
  const int threads =
      line.get<int>("threads", static_cast<int>(std::thread::hardware_concurrency()));
  if (threads < 1 || threads > kMostThreads) {
    throw command_line_error("scan", fmt::format("--threads takes 1 to {}", kMostThreads));
  }
  ScanRequest request;
  request.paths = line.get<Words>("operand-PATH");
  request.rules = scan_codes(line.get<Words>("rule", {}));
  request.excludes = line.get<Words>("exclude", {});
  if (line.has("build")) request.build = line.get<std::string>("build");
  if (line.has("changed-since")) request.changed_since = line.get<std::string>("changed-since");
  if (line.has("cuda-path")) request.cuda_path = line.get<std::string>("cuda-path");
  if (!line.has("no-cache")) {
    request.cache = line.get<std::string>("cache", user_cache_folder().string());
  }
  request.threads = static_cast<unsigned>(threads);
  const std::optional<AuditAtHand> audit = audit_at_hand(line);
  ScanReport report = scan(request);
  if (audit) add_sights(report, audit->store, audit->id);
  write_result(rendered(report, format), "");
  const ExitCode code =
      verdict(report, line.has("strict") ? Strictness::kStrict : Strictness::kUsual);
  say_why(report, code);
  return code == ExitCode::kDivergent && line.has("no-fail") ? ExitCode::kOk : code;
}

}  // namespace detaudit::auditor
