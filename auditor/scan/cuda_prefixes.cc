#include "auditor/scan/cuda_prefixes.h"

#include <algorithm>
#include <filesystem>

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

// Macros that belong to libraries may change what their headers declare.
bool changes_headers(const CompileCommand& command) {
  for (size_t i = command.language.size(); i + 1 < command.arguments.size(); ++i) {
    const std::string& word = command.arguments[i];
    if (word == "-include" || word == "-imacros") return true;
    if ((word == "-D" || word == "-U") && command.arguments[i + 1].starts_with("_")) return true;
    if (word.starts_with("-D_") && !word.starts_with("-D_OPENMP=")) return true;
  }
  return false;
}

// A request to precompile the header that the language's arguments include; its path is empty where
// they include none.
ReadingRequest precompilation(const CompileCommand& command) {
  ReadingRequest request;
  const auto& language = command.language;
  for (size_t i = 0; i < language.size(); ++i) {
    if (language[i] == "-include" && i + 1 < language.size()) {
      request.path = language[++i];
    } else {
      request.arguments.push_back(language[i]);
    }
  }
  for (size_t i = language.size(); i < command.arguments.size(); ++i) {
    const std::string& word = command.arguments[i];
    if (word.starts_with("-f") || word == "-pthread" || word == "-w")
      request.arguments.push_back(word);
  }
  return request;
}

}  // namespace

const Prefix* CudaPrefixes::for_command(const CompileCommand& command) {
  const bool device = std::find(command.language.begin(), command.language.end(),
                                "--cuda-device-only") != command.language.end();
  if (!device || cache_.folder().empty() || changes_headers(command)) return nullptr;
  const ReadingRequest request = precompilation(command);
  if (request.path.empty()) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto [at, fresh] = made_.try_emplace(request.arguments);
  if (fresh) at->second = make(request);
  return at->second ? &*at->second : nullptr;
}

std::optional<Prefix> CudaPrefixes::make(const ReadingRequest& request) {
  const std::string key = reader_.identity() + key_line(request);
  const fs::path path =
      cache_.folder() / (kernels::to_hex(kernels::digest(key.data(), key.size())) + ".pch");
  std::error_code error;
  const auto known = cache_.find(reader_.identity(), request);
  if (known && fs::exists(path, error)) return Prefix{path.string(), known->includes};
  ReadingRequest asked = request;
  asked.precompile_to = path.string();
  const Reading reading = read_one(reader_, asked);
  if (reading.status != reports::ScanStatus::kScanned || !fs::exists(path, error))
    return std::nullopt;
  cache_.keep(reader_.identity(), request, reading);
  return Prefix{path.string(), reading.includes};
}

}  // namespace detaudit::auditor
