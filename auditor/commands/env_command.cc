#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>

#include "auditor/commands/command.h"
#include "auditor/commands/command_line.h"
#include "auditor/environment/manifest.h"
#include "auditor/store/store.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;
using reports::ExitCode;

Manifest read_manifest_file(const std::string& path) {
  std::ifstream file(path);
  try {
    const auto json = nlohmann::json::parse(file);
    return json.get<Manifest>();
  } catch (const nlohmann::json::exception&) {
    throw reports::usage_error("DET902",
                               fmt::format("`{}` is no environment manifest", path),
                               "write one with `detaudit env --format json`");
  }
}

// A stored audit's environment, a file that `env --format json` wrote, or `now`.
Manifest manifest_of(const std::string& operand, const fs::path& db) {
  if (operand == "now") return collect_manifest({});
  std::error_code error;
  if (fs::is_regular_file(operand, error)) return read_manifest_file(operand);
  const Store store(db, Store::Access::kReadOnly);
  return store.load(store.resolve(operand)).environment;
}

ExitCode diff(const CommandLine& line, const fs::path& db) {
  const auto differences = diff_manifests(manifest_of(line.get<std::string>("operand-A"), db),
                                          manifest_of(line.get<std::string>("operand-B"), db));
  std::string text;
  if (line.get<std::string>("format") == "json") {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const auto& d : differences) {
      rows.push_back({{"name", d.name}, {"first", d.first}, {"second", d.second}});
    }
    text = rows.dump(2) + "\n";
  } else {
    for (const auto& d : differences) {
      text += fmt::format("{}\n  - {}\n  + {}\n", d.name, d.first, d.second);
    }
    if (differences.empty()) text = "the environments are equal\n";
  }
  write_result(text, "");
  if (differences.empty()) return ExitCode::kOk;
  fmt::print(stderr, "error: the environments differ in {} fact{}\n", differences.size(),
             differences.size() == 1 ? "" : "s");
  return ExitCode::kDivergent;
}

}  // namespace

ExitCode env_command(const Arguments& arguments) {
  po::options_description options;
  options.add_options()("db", po::value<std::string>(), "database (default .detaudit/audits.db)")(
      "format", po::value<std::string>()->default_value("text"), "text or json");
  const CommandLine line("env", options, {"diff", "A", "B"}, arguments);
  if (line.helped()) return ExitCode::kOk;
  const std::string format =
      one_of("env", "--format", line.get<std::string>("format"), {"text", "json"});
  if (!line.has("operand-diff")) {
    const Manifest manifest = collect_manifest({});
    write_result(format == "json" ? render_manifest_json(manifest)
                                  : render_manifest_text(manifest), "");
    return ExitCode::kOk;
  }
  if (line.get<std::string>("operand-diff") != "diff") {
    throw command_line_error("env", "unknown operand `" + line.get<std::string>("operand-diff") +
                                        "`: only `diff A B` is known");
  }
  if (!line.has("operand-B")) {
    throw command_line_error("env", "`env diff` needs two audits, manifest files or `now`");
  }
  return diff(line, line.get<std::string>("db", Store::default_path().string()));
}

}  // namespace detaudit::auditor
