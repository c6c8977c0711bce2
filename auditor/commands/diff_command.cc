#include <fmt/format.h>

#include "auditor/audit/trace_difference.h"
#include "auditor/commands/command.h"
#include "auditor/commands/command_line.h"
#include "auditor/commands/failing_verdict.h"
#include "auditor/store/store.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

// An audit's first run, or the folder of a trace.
TraceSide side(const std::string& operand, const fs::path& db) {
  std::error_code error;
  if (fs::is_directory(operand, error)) return {operand, operand, {}, {}, {}};
  const Store store(db, Store::Access::kReadOnly);
  const std::string id = store.resolve(operand);
  const fs::path trace = store.trace_directory(id) / "run-0";
  if (!fs::is_directory(trace, error)) {
    throw reports::usage_error("DET904",
                               fmt::format("audit {} has no trace any more: `{}` is missing", id,
                                           trace.string()),
                               "run it again: detaudit run --again " + id);
  }
  reports::Report report = store.load(id);
  return {id, trace, std::move(report.environment), std::move(report.subject),
          std::move(report.findings)};
}

}  // namespace

reports::ExitCode diff_command(const Arguments& arguments) {
  po::options_description options;
  options.add_options()("db", po::value<std::string>(), "database (default .detaudit/audits.db)")(
      "format", po::value<std::string>()->default_value("text"), "text, json or html")(
      "output,o", po::value<std::string>(), "write here instead of to stdout");
  const CommandLine line("diff", options, {"A", "B"}, arguments);
  if (line.helped()) return reports::ExitCode::kOk;
  if (!line.has("operand-B")) throw command_line_error("diff", "two audits or traces are needed");
  const std::string format =
      one_of("diff", "--format", line.get<std::string>("format"), {"text", "json", "html"});
  const fs::path db = line.get<std::string>("db", Store::default_path().string());
  const Audit audit = compare_traces(side(line.get<std::string>("operand-A"), db),
                                     side(line.get<std::string>("operand-B"), db));
  const std::string file = line.get<std::string>("output", std::string());
  write_result(format == "json"   ? render_json(audit.report)
               : format == "html" ? render_html(audit.report)
                                  : render_text(audit.report, file.empty() ? colour_for(1)
                                                              : reports::Colour::kNever),
               file);
  say_why_not(audit);
  return exit_code(audit.verdict);
}

}  // namespace detaudit::auditor
