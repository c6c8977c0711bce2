#include "auditor/environment/manifest.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>

#include "auditor/environment/facts.h"
#include "reports/printable.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

constexpr std::array kNeeded = {"os.name",      "os.kernel",        "cpu.model",
                                "cpu.count",    "cpu.isa",          "memory.bytes",
                                "libc.version", "detaudit.version", "detaudit.compiler"};
constexpr size_t kMostText = size_t{64} << 10;

bool known(const Manifest& manifest, const std::string& name) {
  auto found = manifest.find(name);
  return found != manifest.end() && found->second != kAbsent;
}

}  // namespace

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(kMostText, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(stream.gcount()));
  return text;
}

std::string first_line_of(const fs::path& file) {
  std::string text = text_of(file);
  return text.substr(0, text.find('\n'));
}

std::string or_absent(std::string value) { return value.empty() ? kAbsent : value; }

Manifest collect_manifest(const std::vector<std::string>& argv) {
  Manifest manifest;
  std::error_code error;
  add_machine_facts(manifest, "/");
  add_own_facts(manifest);
  add_device_facts(manifest, "/");
  add_variable_facts(manifest);
  add_program_facts(manifest, argv);
  add_checkout_facts(manifest, fs::current_path(error));
  return manifest;
}

std::vector<std::string> missing_facts(const Manifest& manifest) {
  std::vector<std::string> missing;
  auto need = [&](const std::string& name) {
    if (!known(manifest, name)) missing.push_back(name);
  };
  for (const char* name : kNeeded) need(name);
  bool gpu = known(manifest, "gpu.count") && manifest.at("gpu.count") != "0";
  if (gpu) need("gpu.driver");
  if (!manifest.contains("program.path")) return missing;
  need("program.path");
  need("program.digest");
  // Either pins the code: distributions strip the one and keep the other.
  if (!known(manifest, "binary.build_id")) need("binary.compiler");
  if (manifest.contains("program.interpreter")) need("program.interpreter");
  if (manifest.contains("python.version")) need("python.version");
  // A compiled program is pinned by its digest; what a script imports only by the commit.
  bool script = manifest.contains("program.interpreter") || manifest.contains("program.script");
  if (script && manifest.contains("git.state") && manifest.at("git.state") != "clean") {
    missing.push_back("git.state (" + manifest.at("git.state") + ")");
  }
  for (const auto& [name, value] : manifest) {
    if (name.starts_with("library.") && value == "not found") missing.push_back(name);
  }
  return missing;
}

std::vector<ManifestDifference> diff_manifests(const Manifest& first, const Manifest& second) {
  std::vector<ManifestDifference> differences;
  auto value_in = [](const Manifest& manifest, const std::string& name) {
    auto found = manifest.find(name);
    return found == manifest.end() ? std::nullopt : std::optional(found->second);
  };
  Manifest names = first;
  names.insert(second.begin(), second.end());
  for (const auto& [name, value] : names) {
    ManifestDifference difference{name, value_in(first, name), value_in(second, name)};
    if (difference.first != difference.second) differences.push_back(difference);
  }
  return differences;
}

std::string shown_value(const std::optional<std::string>& value) {
  return value.value_or("(absent)");
}

std::string render_manifest_text(const Manifest& manifest) {
  size_t width = 0;
  for (const auto& [name, value] : manifest) {
    width = std::max(width, reports::character_count(reports::printable(name)));
  }
  std::string text;
  for (const auto& [name, value] : manifest) {
    std::string shown = reports::printable(name);
    text += shown + std::string(width - reports::character_count(shown) + 2, ' ');
    text += reports::printable(value) + "\n";
  }
  return text;
}

std::string render_manifest_json(const Manifest& manifest) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [name, value] : manifest) {
    json[reports::valid_utf8(name)] = reports::valid_utf8(value);
  }
  return json.dump(2) + "\n";
}

}  // namespace detaudit::auditor
