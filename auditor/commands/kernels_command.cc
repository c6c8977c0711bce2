#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <thread>

#include "auditor/commands/command.h"
#include "auditor/commands/command_line.h"
#include "kernels/catalogue.h"

namespace detaudit::auditor {
namespace {

namespace po = boost::program_options;
using kernels::Pair;
using reports::ExitCode;

ExitCode list(std::span<const Pair> pairs) {
  std::string text;
  for (const Pair& pair : pairs) {
    text += fmt::format("{}\n  {} ({})\n  atomic: {}\n  deterministic: {}\n  source: {}\n\n",
                        pair.op, pair.summary, pair.header, pair.atomic_how,
                        pair.deterministic_how, pair.source);
  }
  write_result(text, "");
  return ExitCode::kOk;
}

ExitCode verify(std::span<const Pair> pairs, unsigned repeats) {
  std::string text = fmt::format("{:<30} {:>10} {:>14} {:>16} {:>12} {:>12}  {}\n", "op",
                                 "executions", "atomic results", "deterministic", "error",
                                 "bound", "");
  unsigned failed = 0;
  for (const Pair& pair : pairs) {
    const kernels::PairCheck check = pair.verify(repeats);
    failed += !check.passed;
    text += fmt::format("{:<30} {:>10} {:>14} {:>16} {:>12.3g} {:>12.3g}  {}\n", pair.op,
                        check.executions, check.distinct_atomic, check.distinct_deterministic,
                        check.max_relative_error, check.error_bound,
                        check.passed ? "ok" : "FAILED");
  }
  write_result(text, "");
  if (failed == 0) return ExitCode::kOk;
  fmt::print(stderr, "error: {} of {} pairs failed\n", failed, pairs.size());
  return ExitCode::kDivergent;
}

ExitCode bench_json(std::span<const Pair> pairs, kernels::Pool& pool) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Pair& pair : pairs) {
    const kernels::PairCost cost = pair.measure(pool);
    rows.push_back({{"op", pair.op},
                    {"shape", cost.shape},
                    {"atomic_seconds", cost.atomic_seconds},
                    {"deterministic_seconds", cost.deterministic_seconds},
                    {"private_merge_seconds", cost.private_merge_seconds}});
  }
  write_result(rows.dump(2) + "\n", "");
  return ExitCode::kOk;
}

ExitCode bench_text(std::span<const Pair> pairs, kernels::Pool& pool) {
  std::string text = fmt::format("{:<30} {:<34} {:>11} {:>13} {:>13} {:>9} {:>9}\n", "op", "shape",
                                 "atomic ms", "deterministic", "private+merge", "/atomic",
                                 "/private");
  for (const Pair& pair : pairs) {
    const kernels::PairCost cost = pair.measure(pool);
    text += fmt::format("{:<30} {:<34} {:>11.3f} {:>13.3f} {:>13.3f} {:>9.2f} {:>9.2f}\n", pair.op,
                        cost.shape, cost.atomic_seconds * 1e3, cost.deterministic_seconds * 1e3,
                        cost.private_merge_seconds * 1e3,
                        cost.deterministic_seconds / cost.atomic_seconds,
                        cost.deterministic_seconds / cost.private_merge_seconds);
  }
  write_result(text, "");
  return ExitCode::kOk;
}

}  // namespace

ExitCode kernels_command(const Arguments& arguments) {
  po::options_description options;
  options.add_options()("op", po::value<std::string>(), "only this pair")(
      "repeats", po::value<unsigned>()->default_value(8), "verify: executions a case")(
      "threads", po::value<unsigned>()->default_value(std::thread::hardware_concurrency()),
      "bench: threads")("format", po::value<std::string>()->default_value("text"),
                        "bench: text or json");
  const CommandLine line("kernels", options, {"ACTION"}, arguments);
  if (line.helped()) return ExitCode::kOk;
  if (!line.has("operand-ACTION")) {
    throw command_line_error("kernels", "say what: list, verify or bench");
  }
  const std::string action =
      one_of("kernels", "the action", line.get<std::string>("operand-ACTION"),
             {"list", "verify", "bench"});
  std::span<const Pair> pairs = kernels::catalogue();
  if (line.has("op")) {
    const std::string op = line.get<std::string>("op");
    const Pair* pair = kernels::find_pair(op);
    if (!pair) {
      throw reports::usage_error("DET901", fmt::format("unknown op `{}`", op),
                                 "`detaudit kernels list` names them");
    }
    pairs = {pair, 1};
  }
  const unsigned threads = line.get<unsigned>("threads"), repeats = line.get<unsigned>("repeats");
  if (threads == 0 || threads > 1024) {
    throw command_line_error("kernels", "--threads takes a number from 1 to 1024");
  }
  if (repeats == 0) throw command_line_error("kernels", "--repeats takes a number from 1 up");
  if (action == "list") return list(pairs);
  if (action == "verify") return verify(pairs, repeats);
  const std::string format =
      one_of("kernels", "--format", line.get<std::string>("format"), {"text", "json"});
  kernels::Pool pool(threads);
  return format == "json" ? bench_json(pairs, pool) : bench_text(pairs, pool);
}

}  // namespace detaudit::auditor
