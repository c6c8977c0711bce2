#include "auditor/commands/run_options.h"

#include <algorithm>
#include <boost/algorithm/string.hpp>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <map>

#include "auditor/commands/command_line.h"
#include "reports/phrases.h"
#include "reports/printable.h"

namespace detaudit::auditor {
namespace {

namespace po = boost::program_options;
using rules::Factor;

constexpr std::string_view kName = "run";

// Options that the built-in workload takes and checks itself.
const std::vector<std::string> kWorkloadOptions = {"workload", "steps",   "batch",   "seed",  "data",
                                                   "mode",     "kernels", "threads", "hazard",
                                                   "device"};

po::options_description options() {
  po::options_description options;
  auto text = [] { return po::value<std::string>(); };
  options.add_options()
      ("runs", po::value<int>()->default_value(2), "runs to compare")
      ("db", text(), "database (default .detaudit/audits.db)")
      ("goal", text()->default_value("bitwise"), "bitwise, metrics or documented")
      ("metric", po::value<std::vector<std::string>>()->composing(),
       "with --goal metrics: NAME:TOLERANCE or NAME:PERCENT%, may be repeated")
      ("scope", text()->default_value("run-to-run"), "run-to-run, thread-count or device (CPU = GPU)")
      ("replay", po::value<int>()->default_value(0), "execute each operation N more times in place")
      ("perturb", text()->default_value("all"),
       "list of aslr, schedule, memory, hash, time; or all, none")
      ("timeout", po::value<double>(), "seconds one run may take")
      ("budget", po::value<double>(),
       "seconds for the control arms that tell causes (default: 60, or 30 times a run's if that is "
       "more; 0: none)")
      ("expect-exit", po::value<int>()->default_value(0), "exit code of a run that went well")
      ("isolate", "each run in a fresh copy of the working folder")
      ("gpu-detail", text()->default_value("auto"),
       "GPU: fine (buffers of each launch), coarse (sweeps over all memory, then closer where runs "
       "part), or auto: fine until a program proves large")
      ("gpu-sweep-every", po::value<int64_t>(),
       "launches between two sweeps (default: by the memory mapped)")
      ("judge-stderr", "compare stderr like stdout")
      ("ignore-output", po::value<std::vector<std::string>>()->composing(),
       "leave out an output (glob: stdout, stderr, a file), may be repeated")
      ("again", text(),
       "run a stored audit again as it was; takes --runs, --timeout, --budget, --report, --format, "
       "--no-fail and --db beside it")
      ("report", text(), "also write the HTML report here")
      ("format", text()->default_value("text"), "what goes to stdout: text or json")
      ("no-fail", "exit 0 also when divergent");
  po::options_description workload("for the built-in workload");
  workload.add_options()
      ("workload", text(), "convnet or charlm")
      ("steps", text(), "training steps")
      ("batch", text(), "samples a step")
      ("seed", text(), "seed of every generator")
      ("data", text(), "folder with IDX files (convnet) or a text file (charlm)")
      ("mode", text(), "train or infer")
      ("device", text(), "cpu (default), cuda, or auto: a GPU if one answers")
      ("kernels", text(), "atomic or deterministic")
      ("threads", text(), "threads of the pool")
      ("hazard", text(), "plant hazards: NAME[,NAME...]");
  options.add(workload);
  return options;
}

std::set<Factor> parse_perturb(const std::string& list) {
  static const std::map<std::string, Factor> kFactors = {{"aslr", Factor::kAddresses},
                                                         {"schedule", Factor::kSchedule},
                                                         {"memory", Factor::kMemory},
                                                         {"hash", Factor::kHashSeed},
                                                         {"time", Factor::kClock}};
  std::set<Factor> factors;
  if (list == "none") return factors;
  std::vector<std::string> words;
  boost::split(words, list, boost::is_any_of(","));
  for (const std::string& word : words) {
    if (word == "all") {
      for (const auto& [name, factor] : kFactors) factors.insert(factor);
      continue;
    }
    auto it = kFactors.find(word);
    if (it == kFactors.end()) {
      throw command_line_error(
          kName, fmt::format("`{}` is no factor of --perturb: it takes aslr, schedule, memory, "
                             "hash, time, all or none", word));
    }
    factors.insert(it->second);
  }
  return factors;
}

MetricTolerance parse_metric(const std::string& text) {
  const size_t colon = text.rfind(':');
  MetricTolerance metric;
  metric.name = text.substr(0, colon);
  std::string number = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (!number.empty() && number.back() == '%') {
    metric.kind = MetricTolerance::Kind::kRelative;
    number.pop_back();
  }
  size_t used = 0;
  try {
    metric.tolerance = std::stod(number, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (metric.name.empty() || used == 0 || used != number.size() ||
      !std::isfinite(metric.tolerance) || metric.tolerance < 0) {
    throw command_line_error(
        kName, fmt::format("`{}` is no metric: write NAME:TOLERANCE, as loss:1e-3 or accuracy:0.5%",
                           text));
  }
  if (metric.kind == MetricTolerance::Kind::kRelative) metric.tolerance /= 100;
  return metric;
}

void parse_goal(const CommandLine& line, Plan& plan) {
  const std::string goal =
      one_of(kName, "--goal", line.get<std::string>("goal"), {"bitwise", "metrics", "documented"});
  plan.goal = goal == "metrics"      ? Goal::kMetrics
              : goal == "documented" ? Goal::kDocumented
                                     : Goal::kBitwise;
  for (const std::string& metric :
       line.get<std::vector<std::string>>("metric", std::vector<std::string>{})) {
    plan.metrics.push_back(parse_metric(metric));
  }
  if (plan.goal == Goal::kMetrics && plan.metrics.empty()) {
    throw command_line_error(kName, "--goal metrics needs at least one --metric NAME:TOLERANCE");
  }
  if (plan.goal != Goal::kMetrics && !plan.metrics.empty()) {
    throw command_line_error(kName, "--metric needs --goal metrics");
  }
}

void parse_runs(const CommandLine& line, Plan& plan) {
  const int runs = line.get<int>("runs"), replays = line.get<int>("replay");
  if (replays < 0) throw command_line_error(kName, "--replay takes a number from 0 up");
  if (runs < 1 || (runs < 2 && replays == 0)) {
    throw command_line_error(
        kName, fmt::format("--runs {} leaves nothing to compare with: use 2 or more, or 1 with "
                           "--replay", runs));
  }
  plan.runs = static_cast<unsigned>(runs);
  plan.replays = static_cast<unsigned>(replays);
  if (line.has("timeout")) {
    plan.timeout_seconds = line.get<double>("timeout");
    if (!(*plan.timeout_seconds > 0) || !std::isfinite(*plan.timeout_seconds)) {
      throw command_line_error(kName, "--timeout takes a number of seconds above 0");
    }
  }
  if (line.has("budget")) {
    plan.budget_seconds = line.get<double>("budget");
    if (!(*plan.budget_seconds >= 0) || !std::isfinite(*plan.budget_seconds)) {
      throw command_line_error(kName, "--budget takes a number of seconds from 0 up");
    }
  }
}

int parse_expected_exit(const CommandLine& line) {
  const int code = line.get<int>("expect-exit");
  if (code >= 0 && code <= 255) return code;
  throw command_line_error(
      kName, fmt::format("--expect-exit {}: exit codes are numbers from 0 to 255", code));
}

void parse_gpu(const CommandLine& line, Plan& plan) {
  const std::string detail = one_of(kName, "--gpu-detail", line.get<std::string>("gpu-detail"),
                                    {"auto", "fine", "coarse"});
  plan.gpu.detail = detail == "fine"     ? GpuDetail::kFine
                    : detail == "coarse" ? GpuDetail::kCoarse
                                         : GpuDetail::kAuto;
  if (!line.has("gpu-sweep-every")) return;
  const int64_t every = line.get<int64_t>("gpu-sweep-every");
  if (every < 1)
    throw command_line_error(kName, "--gpu-sweep-every takes a number of launches from 1 up");
  if (plan.gpu.detail == GpuDetail::kFine)
    throw command_line_error(kName,
                             "--gpu-sweep-every needs --gpu-detail coarse or auto: fine makes "
                             "no sweeps");
  plan.gpu.sweep_every = static_cast<uint64_t>(every);
}

unsigned parse_threads(const std::string& text) {
  constexpr unsigned kMost = 4096;
  unsigned threads = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, threads);
  if (error != std::errc() || stopped != end || threads == 0 || threads > kMost) {
    throw command_line_error(
        kName, fmt::format("`{}` is no value of --threads: it takes a whole number from 1 to {}",
                           text, kMost));
  }
  return threads;
}

void parse_workload(const CommandLine& line, Plan& plan) {
  plan.subject.builtin = true;
  plan.subject.argv = {workload_program().string()};
  std::string name = line.get<std::string>("workload", std::string("convnet"));
  plan.title = "built-in workload " + name;
  for (const std::string& option : kWorkloadOptions) {
    if (!line.has(option)) continue;
    const std::string value = line.get<std::string>(option);
    // Under thread-count scope each run gets its own number.
    if (option == "threads" && plan.scope == Scope::kThreadCount) {
      plan.threads = parse_threads(value);
    } else if (option == "device" && plan.scope == Scope::kDevice) {
      throw command_line_error(kName, "--scope device runs on both devices: leave out --device");
    } else {
      plan.subject.argv.push_back("--" + option);
      plan.subject.argv.push_back(value);
    }
  }
}

// "python3 train.py --epochs 3": the program without its folder, and what it was given, while that is
// short.
std::string title_of(Arguments program) {
  constexpr size_t kMostCharacters = 60;
  program.front() = std::filesystem::path(program.front()).filename().string();
  return reports::shortened(reports::shell_words(program), kMostCharacters);
}

void parse_program(const CommandLine& line, const Arguments& program, Plan& plan) {
  for (const std::string& option : kWorkloadOptions) {
    if (line.has(option)) {
      throw command_line_error(
          kName, fmt::format("--{} is for the built-in workload, and `{}` is audited: give it after "
                             "`--` as an argument of the program", option, program.front()));
    }
  }
  if (plan.scope != Scope::kRunToRun) {
    throw command_line_error(
        kName, fmt::format("--scope {} is for the built-in workload alone: no general way to set a "
                           "program's {} is known", scope_name(plan.scope),
                           plan.scope == Scope::kDevice ? "device" : "threads"));
  }
  plan.subject.argv = program;
  plan.subject.argv.front() = resolve_program(program.front()).string();
  plan.title = title_of(program);
}

// Where an audit is kept and shown is no part of it; how often and how long it runs is given anew.
const std::vector<std::string> kPlaceOptions = {"db", "report", "format", "no-fail", "again"};
const std::vector<std::string> kEffortOptions = {"runs", "timeout", "budget"};

bool is_one_of(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

po::parsed_options parse_words(const Arguments& words) {
  const auto style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  static const po::options_description known = options();
  return po::command_line_parser(words).options(known).style(style).run();
}

// An audit that is repeated as it was takes nothing that would make it another.
void refuse_contradictions(const CommandLine& line, bool program) {
  if (program) {
    throw command_line_error(
        kName, "--again repeats the program of a stored audit: leave out `--` and what follows");
  }
  const po::options_description known = options();
  for (const auto& option : known.options()) {
    const std::string name = option->long_name();
    if (!line.given(name) || is_one_of(kPlaceOptions, name) || is_one_of(kEffortOptions, name)) {
      continue;
    }
    throw command_line_error(
        kName, fmt::format("--{} contradicts --again, which repeats an audit with its own options: "
                           "leave it out, or audit anew",
                           name));
  }
}

}  // namespace

Arguments repeated_options(const Arguments& stored, const Arguments& given) {
  Arguments result;
  std::vector<std::string> left_out = kPlaceOptions;
  for (const po::option& option : parse_words(given).options) {
    if (!is_one_of(kEffortOptions, option.string_key)) continue;
    left_out.push_back(option.string_key);
    result.insert(result.end(), option.original_tokens.begin(), option.original_tokens.end());
  }
  for (const po::option& option : parse_words(stored).options) {
    if (is_one_of(left_out, option.string_key)) continue;
    result.insert(result.end(), option.original_tokens.begin(), option.original_tokens.end());
  }
  return result;
}

RunRequest parse_run(const Arguments& arguments) {
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  RunRequest request;
  request.options.assign(arguments.begin(), dashes);
  const CommandLine line(kName, options(), {}, request.options);
  if ((request.helped = line.helped())) return request;
  Plan& plan = request.plan;
  request.db = line.get<std::string>("db", std::string());
  request.again = line.get<std::string>("again", std::string());
  request.report_file = line.get<std::string>("report", std::string());
  request.format = one_of(kName, "--format", line.get<std::string>("format"), {"text", "json"}) ==
                           "json"
                       ? ResultFormat::kJson
                       : ResultFormat::kText;
  if (line.has("no-fail")) request.on_divergence = RunRequest::OnDivergence::kNoFail;
  if (!request.again.empty()) {
    refuse_contradictions(line, dashes != arguments.end());
    return request;
  }
  parse_runs(line, plan);
  parse_goal(line, plan);
  parse_gpu(line, plan);
  const std::string scope = one_of(kName, "--scope", line.get<std::string>("scope"),
                                   {"run-to-run", "thread-count", "device"});
  plan.scope = scope == "thread-count" ? Scope::kThreadCount
               : scope == "device"     ? Scope::kDevice
                                       : Scope::kRunToRun;
  plan.perturb = parse_perturb(line.get<std::string>("perturb"));
  plan.expected_exit = parse_expected_exit(line);
  if (line.has("isolate")) plan.folder = Conditions::Folder::kFresh;
  plan.judge_stderr = line.has("judge-stderr");
  plan.ignore_outputs =
      line.get<std::vector<std::string>>("ignore-output", std::vector<std::string>{});
  plan.subject.directory = std::filesystem::current_path();
  if (dashes == arguments.end()) {
    parse_workload(line, plan);
  } else if (dashes + 1 == arguments.end()) {
    throw command_line_error(kName, "no program after `--`");
  } else {
    parse_program(line, {dashes + 1, arguments.end()}, plan);
  }
  return request;
}

}  // namespace detaudit::auditor
