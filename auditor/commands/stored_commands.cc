// The commands that read the store: list, show, report.
#include <fmt/format.h>

#include "auditor/commands/command.h"
#include "auditor/commands/command_line.h"
#include "auditor/store/store.h"

namespace detaudit::auditor {
namespace {

namespace po = boost::program_options;
using reports::ExitCode;

po::options_description store_options() {
  po::options_description options;
  options.add_options()("db", po::value<std::string>(), "database (default .detaudit/audits.db)");
  return options;
}

Store open_store(const CommandLine& line) {
  const std::string db = line.get<std::string>("db", std::string());
  return Store(db.empty() ? Store::default_path() : std::filesystem::path(db),
               Store::Access::kReadOnly);
}

const char* state_text(const AuditRow& row) {
  switch (row.state) {
    case AuditState::kRunning: return "running";
    case AuditState::kInterrupted: return "interrupted";
    case AuditState::kComplete: return row.verdict.c_str();
  }
  return "?";
}

reports::Report load(const CommandLine& line) {
  const Store store = open_store(line);
  const std::string asked = line.get<std::string>("operand-AUDIT", std::string());
  return store.load(asked.empty() ? store.newest() : store.resolve(asked));
}

}  // namespace

ExitCode list_command(const Arguments& arguments) {
  const CommandLine line("list", store_options(), {}, arguments);
  if (line.helped()) return ExitCode::kOk;
  std::string text = fmt::format("{:<24} {:<20} {:<16} {:>4} {:>8}  {}\n", "audit", "started",
                                 "verdict", "runs", "findings", "subject");
  for (const AuditRow& row : open_store(line).list()) {
    text += fmt::format("{:<24} {:<20} {:<16} {:>4} {:>8}  {}\n", row.id, row.started,
                        state_text(row), row.runs, row.findings, row.title);
  }
  write_result(text, "");
  return ExitCode::kOk;
}

ExitCode show_command(const Arguments& arguments) {
  const CommandLine line("show", store_options(), {"AUDIT"}, arguments);
  if (line.helped()) return ExitCode::kOk;
  if (!line.has("operand-AUDIT")) throw command_line_error("show", "no audit given");
  write_result(render_text(load(line), colour_for(1)), "");
  return ExitCode::kOk;
}

ExitCode report_command(const Arguments& arguments) {
  po::options_description options = store_options();
  options.add_options()("format", po::value<std::string>()->default_value("text"),
                        "text, json or html")(
      "output,o", po::value<std::string>(), "write here instead of to stdout");
  const CommandLine line("report", options, {"AUDIT"}, arguments);
  if (line.helped()) return ExitCode::kOk;
  const std::string format =
      one_of("report", "--format", line.get<std::string>("format"), {"text", "json", "html"});
  const std::string file = line.get<std::string>("output", std::string());
  const reports::Report report = load(line);
  const reports::Colour colour = file.empty() ? colour_for(1) : reports::Colour::kNever;
  write_result(format == "json"   ? render_json(report)
               : format == "html" ? render_html(report)
                                  : render_text(report, colour),
               file);
  return ExitCode::kOk;
}

}  // namespace detaudit::auditor
