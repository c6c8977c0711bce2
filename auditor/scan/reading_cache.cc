#include "auditor/scan/reading_cache.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "auditor/scan/source_kind.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using kernels::Digest;

constexpr const char* kFormat = "detaudit reading 2";
constexpr size_t kMostReadings = 100'000;
constexpr uintmax_t kMostBytes = uintmax_t{1} << 30;
// Reasons that a file which is not there yet could end.
constexpr std::string_view kMissingFile = "file not found";

std::optional<std::string> contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad()) return std::nullopt;
  return std::move(text).str();
}

Digest digest_of(const std::string& text) { return kernels::digest(text.data(), text.size()); }

bool could_be_included(const fs::directory_entry& entry) {
  std::error_code error;
  if (entry.is_directory(error)) return true;
  const fs::path name = entry.path().filename();
  return !name.has_extension() || is_header(source_kind(name));
}

// Folders in which a file that appears could be found before the one that was.
std::vector<std::string> searched_folders(const ReadingRequest& request) {
  std::vector<std::string> folders = {fs::path(request.path).parent_path().string()};
  for (size_t i = 0; i < request.arguments.size(); ++i) {
    const std::string& word = request.arguments[i];
    if ((word == "-I" || word == "-iquote" || word == "-isystem" || word == "-idirafter") &&
        i + 1 < request.arguments.size()) {
      folders.push_back(request.arguments[i + 1]);
    } else if (word.starts_with("-I")) {
      folders.push_back(word.substr(2));
    }
  }
  return folders;
}

// Where compilers look besides.
constexpr std::array<const char*, 4> kUsualFolders = {
    "/usr/include", "/usr/local/include", "/usr/include/x86_64-linux-gnu",
    "/usr/include/aarch64-linux-gnu"};

// Of files that were not found, those that are there now.
std::set<std::string> found_now(const ReadingRequest& request, const Reading& reading) {
  if (reading.missing.empty()) return {};
  std::vector<std::string> folders = searched_folders(request);
  folders.insert(folders.end(), kUsualFolders.begin(), kUsualFolders.end());
  for (const std::string& word : request.arguments) {
    constexpr std::string_view kToolkit = "--cuda-path=";
    if (word.starts_with(kToolkit)) folders.push_back(word.substr(kToolkit.size()) + "/include");
  }
  std::set<std::string> found;
  std::error_code error;
  for (const std::string& name : reading.missing) {
    for (const std::string& folder : folders) {
      // A whole path stays itself.
      if (fs::exists(fs::path(folder) / name, error)) found.insert(name);
    }
  }
  return found;
}

// Nobody knows which file.
bool may_end(const Reading& reading) {
  return reading.missing.empty() &&
         std::any_of(reading.reasons.begin(), reading.reasons.end(), [](const std::string& reason) {
           return reason.find(kMissingFile) != std::string::npos;
         });
}

// A whole file or none, whoever else writes it.
void write_file(const fs::path& path, const std::string& text) {
  const fs::path temporary = path.string() + "." + std::to_string(getpid());
  std::error_code error;
  {
    std::ofstream file(temporary, std::ios::binary);
    file << text;
    if (!file.flush()) {
      fs::remove(temporary, error);
      return;
    }
  }
  fs::rename(temporary, path, error);
  if (error) fs::remove(temporary, error);
}

}  // namespace

std::optional<Digest> FileDigests::of_file(const std::string& path) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(path);
    if (found != files_.end()) return found->second;
  }
  const auto text = contents(path);
  std::optional<Digest> digest;
  if (text) digest = digest_of(*text);
  const std::lock_guard lock(mutex_);
  return files_.emplace(path, digest).first->second;
}

Digest FileDigests::of_names(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  const auto found = folders_.find(folder);
  if (found != folders_.end()) return found->second;
  std::set<std::string> names;
  std::error_code error;
  // detaudit: allow(DET223) a set comes of it
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (could_be_included(*at)) names.insert(at->path().filename().string());
  }
  std::string text;
  for (const std::string& name : names) text += name + '\0';
  return folders_.emplace(folder, digest_of(text)).first->second;
}

ReadingCache::ReadingCache(fs::path folder)
    : folder_(std::move(folder)), begun_(fs::file_time_type::clock::now()) {
  std::error_code error;
  if (!folder_.empty()) fs::create_directories(folder_, error);
  if (error || (!folder_.empty() && access(folder_.c_str(), W_OK) != 0)) folder_.clear();
}

ReadingCache::~ReadingCache() {
  if (!grown_) return;
  struct Kept {
    fs::file_time_type written;
    uintmax_t bytes;
    fs::path path;
  };
  std::vector<Kept> all;
  uintmax_t bytes = 0;
  std::error_code error;
  for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    const auto written = at->last_write_time(gone);
    const uintmax_t size = at->file_size(gone);
    if (gone) continue;
    all.push_back({written, size, at->path()});
    bytes += size;
  }
  if (all.size() <= kMostReadings && bytes <= kMostBytes) return;
  std::sort(all.begin(), all.end(),
            [](const Kept& a, const Kept& b) { return a.written < b.written; });
  size_t left = all.size();
  for (const Kept& kept : all) {
    if (left <= kMostReadings / 2 && bytes <= kMostBytes / 2) break;
    std::error_code gone;
    fs::remove(kept.path, gone);
    --left;
    bytes -= kept.bytes;
  }
}

fs::path ReadingCache::place(const std::string& reader, const ReadingRequest& request) {
  std::string key = reader + '\n' + key_line(request) + '\n';
  const auto main = digests_.of_file(request.path);
  key += main ? kernels::to_hex(*main) : "";
  for (const std::string& folder : searched_folders(request)) {
    key += '\n' + kernels::to_hex(digests_.of_names(folder));
  }
  return folder_ / kernels::to_hex(digest_of(key));
}

std::optional<Reading> ReadingCache::find(const std::string& reader,
                                          const ReadingRequest& request) {
  if (folder_.empty()) return std::nullopt;
  const auto text = contents(place(reader, request));
  if (!text) return std::nullopt;
  std::istringstream lines(*text);
  std::string line, reading;
  if (!std::getline(lines, line) || line != kFormat || !std::getline(lines, reading)) {
    return std::nullopt;
  }
  std::optional<Reading> parsed = parse_reading(reading);
  if (!parsed || !found_now(request, *parsed).empty()) return std::nullopt;
  for (const std::string& include : parsed->includes) {
    const auto digest = digests_.of_file(include);
    if (!std::getline(lines, line) || !digest || kernels::to_hex(*digest) != line) {
      return std::nullopt;
    }
  }
  return parsed;
}

void ReadingCache::keep(const std::string& reader, const ReadingRequest& request,
                        const Reading& reading) {
  if (folder_.empty() || may_end(reading)) return;
  Reading kept = reading;
  const std::set<std::string> there = found_now(request, reading);  // and were so for the compiler
  std::erase_if(kept.missing, [&](const std::string& name) { return there.contains(name); });
  std::string text = std::string(kFormat) + '\n' + to_line(kept) + '\n';
  std::vector<std::string> read = reading.includes;
  read.push_back(request.path);
  for (const std::string& path : read) {
    // What changed meanwhile may have been read before or after.
    std::error_code error;
    if (fs::last_write_time(path, error) >= begun_ || error) return;
    const auto digest = digests_.of_file(path);
    if (!digest) return;
    if (&path != &read.back()) text += kernels::to_hex(*digest) + '\n';
  }
  write_file(place(reader, request), text);
  grown_ = true;
}

fs::path user_cache_folder() {
  const char* given = std::getenv("XDG_CACHE_HOME");
  if (given != nullptr && *given == '/') return fs::path(given) / "detaudit" / "scan";
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home != '/') return {};
  return fs::path(home) / ".cache" / "detaudit" / "scan";
}

}  // namespace detaudit::auditor
