#include <fmt/format.h>
#include <iostream>
#include <thread>

#include "auditor/commands/command.h"
#include "auditor/commands/command_line.h"
#include "auditor/scan/scan.h"

namespace detaudit::auditor {
namespace {

namespace po = boost::program_options;
using reports::ExitCode;
using reports::ScanReport;
using reports::Severity;

// What was not read could hide a finding: it is inconclusive where none was seen.
ExitCode verdict(const ScanReport& report) {
  if (count_findings(report, Severity::kError) + count_findings(report, Severity::kWarning) > 0) {
    return ExitCode::kDivergent;
  }
  return count_files(report, reports::ScanStatus::kScanned) == report.files.size()
             ? ExitCode::kOk
             : ExitCode::kInconclusive;
}

void say_why(const ScanReport& report, ExitCode code) {
  if (code == ExitCode::kOk) return;
  reports::Diagnostic why;
  if (code == ExitCode::kDivergent) {
    why.message =
        fmt::format("found {} errors and {} warnings", count_findings(report, Severity::kError),
                    count_findings(report, Severity::kWarning));
    why.helps.push_back("`detaudit explain CODE` says what a finding means");
  } else {
    why.severity = Severity::kWarning;
    why.code = "DET908";
    why.message = "inconclusive: nothing was found, but not all of the code could be read";
    for (const reports::ScannedFile& file : report.files) {
      for (const std::string& reason : file.reasons) why.notes.push_back(file.path + ": " + reason);
    }
    why.helps.push_back(
        "scan the program or library that was linked from it; bytes that only look like GPU code "
        "(constants, text) hide nothing");
  }
  std::cerr << render(why, colour_for(2));
}

}  // namespace

ExitCode scan_command(const Arguments& arguments) {
  po::options_description options;
  options.add_options()("format", po::value<std::string>()->default_value("text"), "text or json")(
      "no-fail", "exit 0 whatever was found");
  const CommandLine line("scan", options, {"PATH..."}, arguments);
  if (line.helped()) return ExitCode::kOk;
  const std::string format =
      one_of("scan", "--format", line.get<std::string>("format"), {"text", "json"});
  if (!line.has("operand-PATH")) throw command_line_error("scan", "no path given");
  const ScanReport report =
      scan(line.get<std::vector<std::string>>("operand-PATH"), std::thread::hardware_concurrency());
  write_result(
      format == "json" ? render_scan_json(report) : render_scan_text(report, colour_for(1)), "");
  const ExitCode code = verdict(report);
  say_why(report, code);
  return code == ExitCode::kDivergent && line.has("no-fail") ? ExitCode::kOk : code;
}

}  // namespace detaudit::auditor
