#include "auditor/scan/compile_database.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "auditor/scan/compiler_options.h"
#include "auditor/scan/shell_split.h"
#include "reports/diagnostic.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kHelp =
    "configure the build with -DCMAKE_EXPORT_COMPILE_COMMANDS=ON, or record one with bear";

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  throw reports::usage_error("DET902", fmt::format("`{}` {}", file, why), kHelp);
}

Json read_json(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) refuse(file, "cannot be read");
  try {
    Json json = Json::parse(stream);
    if (!json.is_array()) refuse(file, "is no compilation database: it holds no list");
    return json;
  } catch (const Json::parse_error& error) {
    refuse(file,
           fmt::format("is no compilation database: it is no JSON from byte {} on", error.byte));
  }
}

std::string real_path(const fs::path& directory, const std::string& file) {
  std::error_code error;
  const fs::path path = fs::path(file).is_absolute() ? fs::path(file) : directory / file;
  const fs::path real = fs::weakly_canonical(path, error);
  return error ? path.lexically_normal().string() : real.string();
}

std::vector<std::string> words_of(const Json& entry) {
  if (entry.contains("arguments")) return entry.at("arguments").get<std::vector<std::string>>();
  return shell_split(entry.at("command").get<std::string>());
}

// How many folders two paths share.
size_t shared_folders(const fs::path& a, const fs::path& b) {
  const auto [end, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<size_t>(std::distance(a.begin(), end));
}

SourceKind language_kind(const std::string& language, SourceKind kind) {
  if (language == "cu" || language == "cuda") return SourceKind::kCuda;
  if (language == "c++") return SourceKind::kCxx;
  return language == "c" ? SourceKind::kC : kind;
}

}  // namespace

CompileDatabase::CompileDatabase(const fs::path& build, const CudaToolkit& cuda) : cuda_(cuda) {
  std::error_code error;
  const std::string file =
      (fs::is_directory(build, error) ? build / "compile_commands.json" : build).string();
  if (!fs::exists(file, error)) refuse(file, "does not exist");
  const Json json = read_json(file);
  for (size_t i = 0; i < json.size(); ++i) {
    try {
      const std::string directory = json[i].at("directory").get<std::string>();
      Entry entry{real_path(directory, json[i].at("file").get<std::string>()), directory,
                  words_of(json[i])};
      by_file_[entry.file].push_back(std::move(entry));
    } catch (const Json::exception&) {
      refuse(file,
             fmt::format("is no compilation database: entry {} lacks a directory, a file or a "
                         "command",
                         i + 1));
    }
  }
}

std::vector<CompileCommand> CompileDatabase::commands(const fs::path& file, SourceKind kind) const {
  if (by_file_.empty()) return {};
  auto found = by_file_.find(file.string());
  const bool known = found != by_file_.end();
  if (!known) {
    found = std::max_element(by_file_.begin(), by_file_.end(), [&](const auto& a, const auto& b) {
      return shared_folders(a.first, file) < shared_folders(b.first, file);
    });
  }
  std::vector<CompileCommand> all;
  for (const Entry& entry : found->second) {
    CompilerOptions options = read_options(entry.words, entry.directory);
    const SourceKind read_as = known ? language_kind(options.language, kind) : kind;
    CompileCommand command;
    command.language = language_arguments(read_as, options.sms, options.standard, cuda_);
    command.arguments = command.language;
    const bool cuda = read_as == SourceKind::kCuda || read_as == SourceKind::kCudaHeader;
    // The device knows none of the host's instructions.
    for (const std::string& word : options.kept) {
      if (!cuda || !word.starts_with("-m")) command.arguments.push_back(word);
    }
    command.arguments.push_back("-working-directory=" + entry.directory);
    add_common_arguments(command.arguments, options.openmp ? OpenMp::kOn : OpenMp::kOff);
    command.facts = std::move(options.facts);
    command.problems = std::move(options.problems);
    if (std::none_of(all.begin(), all.end(), [&](const CompileCommand& each) {
          return each.arguments == command.arguments;
        })) {
      all.push_back(std::move(command));
    }
    if (!known) break;
  }
  return all;
}

}  // namespace detaudit::auditor
