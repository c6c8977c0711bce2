#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "auditor/audit/audit.h"
#include "auditor/commands/command.h"
#include "auditor/commands/command_line.h"
#include "auditor/commands/narration.h"
#include "auditor/commands/run_options.h"
#include "auditor/commands/scratch_directory.h"

namespace detaudit::auditor {
namespace {

namespace po = boost::program_options;
using reports::ExitCode;

// What is planted, and what an audit must say of it. Only this table knows: the audit is given the
// workload's command line like any other program's.
struct Case {
  std::string_view name;
  Arguments workload;
  std::string_view cause;   // empty: a clean twin, to be certified
};

const std::vector<Case>& cases() {
  auto hazard = [](const char* name, std::string_view cause) {
    return Case{name, {"--kernels", "deterministic", "--hazard", name}, cause};
  };
  static const std::vector<Case> all = {
      hazard("unseeded-dropout", "unseeded-rng"),
      hazard("unseeded-augmentation", "unseeded-rng"),
      hazard("unseeded-shuffle", "unseeded-rng"),
      hazard("time-seed", "time-dependence"),
      hazard("hash-order", "hash-order"),
      hazard("uninitialized-buffer", "uninitialized-memory"),
      hazard("racy-loader", "data-order"),
      hazard("racy-update", "thread-scheduling"),
      {"atomic kernels, convnet", {"--kernels", "atomic"}, "float-atomics"},
      {"atomic kernels, charlm", {"--kernels", "atomic", "--workload", "charlm"}, "float-atomics"},
      {"clean convnet", {"--kernels", "deterministic"}, ""},
      {"clean charlm", {"--kernels", "deterministic", "--workload", "charlm"}, ""},
  };
  return all;
}

// How one case went.
struct Outcome {
  bool recalled = false;      // verdict as it should be
  bool attributed = false;    // the first finding has the cause, and no finding another
  unsigned runs_needed = 0;   // until a run first differed from the first one
  unsigned misses = 0;        // later runs equal to the first
  std::string said;           // the first finding's cause and proof, or the verdict
};

Outcome assess(const Case& planted, const reports::Report& report) {
  Outcome outcome;
  for (size_t i = 1; i < report.runs.size(); ++i) {
    const bool differs = report.runs[i].digest != report.runs[0].digest;
    if (!differs) ++outcome.misses;
    if (differs && outcome.runs_needed == 0) outcome.runs_needed = static_cast<unsigned>(i) + 1;
  }
  outcome.said = report.findings.empty() ? report.verdict
                                         : report.findings.front().cause + " (" +
                                               report.findings.front().proof + ")";
  if (planted.cause.empty()) {
    outcome.recalled = outcome.attributed = report.verdict == "reproducible";
    return outcome;
  }
  outcome.recalled = report.verdict == "divergent";
  outcome.attributed =
      !report.findings.empty() &&
      std::all_of(report.findings.begin(), report.findings.end(),
                  [&](const reports::ReportFinding& f) { return f.cause == planted.cause; });
  return outcome;
}

Arguments arguments_for(const Case& planted, unsigned runs, const std::string& steps) {
  Arguments arguments = planted.workload;
  const Arguments size = {"--runs", std::to_string(runs), "--steps", steps, "--batch", "32"};
  arguments.insert(arguments.end(), size.begin(), size.end());
  return arguments;
}

std::string row(const Case& planted, const Outcome& outcome, unsigned runs) {
  const bool clean = planted.cause.empty();
  const std::string odds =
      clean ? "" : fmt::format("{} of {}, <= {:.2f}", outcome.misses, runs - 1,
                               upper_bound_95(outcome.misses, runs - 1));
  return fmt::format("{:<26} {:<22} {:<37} {:>6} {:>10} {:>5}  {}\n", planted.name,
                     clean ? "reproducible" : planted.cause, outcome.said,
                     outcome.recalled ? "yes" : "NO", outcome.attributed ? "yes" : "NO",
                     outcome.runs_needed ? std::to_string(outcome.runs_needed) : "-", odds);
}

}  // namespace

ExitCode selftest_command(const Arguments& arguments) {
  po::options_description options;
  options.add_options()("runs", po::value<unsigned>()->default_value(4), "runs a case may take")(
      "steps", po::value<std::string>()->default_value("40"), "training steps a run")(
      "only", po::value<std::string>(), "only this case");
  const CommandLine line("selftest", options, {}, arguments);
  if (line.helped()) return ExitCode::kOk;
  const unsigned runs = line.get<unsigned>("runs");
  if (runs < 2) throw command_line_error("selftest", "--runs takes a number from 2 up");
  const std::string only = line.get<std::string>("only", std::string());

  std::string text = fmt::format("{:<26} {:<22} {:<37} {:>6} {:>10} {:>5}  {}\n", "planted",
                                 "expected", "said first", "recall", "attributed", "runs",
                                 "missed by a run, 95% bound");
  unsigned tried = 0, recalled = 0, attributed = 0;
  const ScratchDirectory scratch;
  for (const Case& planted : cases()) {
    if (!only.empty() && planted.name != only) continue;
    const RunRequest request =
        parse_run(arguments_for(planted, runs, line.get<std::string>("steps")));
    Narration narration(std::string(planted.name));
    const Audit audit = perform_audit(request.plan, {scratch.path() / std::to_string(tried),
                                                     narration.phase(), narration.tick(), nullptr});
    narration.done();
    if (audit.interrupted) throw Interrupted{};
    const Outcome outcome = assess(planted, audit.report);
    ++tried;
    recalled += outcome.recalled;
    attributed += outcome.attributed;
    text += row(planted, outcome, runs);
  }
  if (tried == 0) {
    throw command_line_error("selftest", "unknown case `" + only + "`");
  }
  text += fmt::format("recall {} of {}, attribution {} of {}, at most {} runs each\n", recalled,
                      tried, attributed, tried, runs);
  write_result(text, "");
  if (recalled == tried && attributed == tried) return ExitCode::kOk;
  fmt::print(stderr, "error: selftest: {} of {} cases were not recognised\n",
             tried - std::min(recalled, attributed), tried);
  return ExitCode::kDivergent;
}

}  // namespace detaudit::auditor
