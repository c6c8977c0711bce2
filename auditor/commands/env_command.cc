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

constexpr const char* kNow = "now";

// One side of a comparison, and the subject whose facts it has.
struct Side {
  Manifest manifest;
  std::vector<std::string> subject;
  std::string directory;
};

// A stored audit's environment, or a file that `env --format json` wrote.
Side side_of(const std::string& operand, const fs::path& db) {
  std::error_code error;
  if (fs::is_regular_file(operand, error)) return {read_manifest_file(operand), {}, ""};
  const Store store(db, Store::Access::kReadOnly);
  const std::string id = store.resolve(operand);
  const reports::Report report = store.load(id);
  return {report.environment, report.subject, store.plan(id).directory};
}

// The present, with the facts of what `other` audited, from the folder in which it did. A folder
// that is gone shows in what it held.
Manifest present_beside(const Side& other) {
  std::error_code gone;
  if (!other.directory.empty()) fs::current_path(other.directory, gone);
  Manifest present = collect_manifest(other.subject);
  // What a run alone can tell is no difference.
  for (const auto& [name, value] : other.manifest)
    if (name.starts_with(kOfRuns)) present.emplace(name, value);
  return present;
}

std::vector<ManifestDifference> differences_of(const std::string& a, const std::string& b,
                                               const fs::path& db) {
  if (a == kNow && b == kNow) return {};
  const Side first = a == kNow ? Side{} : side_of(a, db),
             second = b == kNow ? Side{} : side_of(b, db);
  return diff_manifests(a == kNow ? present_beside(second) : first.manifest,
                        b == kNow ? present_beside(first) : second.manifest);
}

nlohmann::ordered_json json_of(const std::optional<std::string>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}

ExitCode diff(const CommandLine& line, const fs::path& db) {
  const auto differences = differences_of(line.get<std::string>("operand-A"),
                                          line.get<std::string>("operand-B", kNow), db);
  std::string text;
  if (line.get<std::string>("format") == "json") {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const auto& d : differences) {
      rows.push_back({{"name", d.name}, {"first", json_of(d.first)}, {"second", json_of(d.second)}});
    }
    text = rows.dump(2) + "\n";
  } else {
    for (const auto& d : differences) {
      text += fmt::format("{}\n  - {}\n  + {}\n", d.name, shown_value(d.first),
                          shown_value(d.second));
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
  const CommandLine line(
      "env", options, {"diff", "A", "B"}, arguments,
      "`env` shows the environment of now. `env diff A [B]` compares two, each a stored\n"
      "audit, a file written by `env --format json`, or the word `now`, which is also what\n"
      "a missing B stands for: with the facts of A's subject, in A's folder. Exit 1 when\n"
      "they differ.");
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
                                        "`: only `diff A [B]` is known");
  }
  if (!line.has("operand-A")) {
    throw command_line_error("env", "`env diff` needs an audit, a manifest file or `now`");
  }
  return diff(line, line.get<std::string>("db", Store::default_path().string()));
}

}  // namespace detaudit::auditor
