#include "auditor/scan/scan_paths.h"

#include <sys/stat.h>

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <set>

#include "reports/diagnostic.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 12> kSources = {".c", ".cc", ".cpp", ".cxx", ".cu", ".cuh",
                                                       ".h", ".hh", ".hpp", ".hxx", ".py", ".pyx"};

[[noreturn]] void cannot_read(const fs::path& path, const std::error_code& error) {
  throw reports::usage_error("DET902",
                             fmt::format("cannot read `{}`: {}", path.string(), error.message()),
                             "name a file or directory that can be read");
}

void refuse_source(const fs::path& path) {
  const std::string extension = path.extension().string();
  if (std::find(kSources.begin(), kSources.end(), extension) == kSources.end()) return;
  throw reports::usage_error(
      "DET901",
      fmt::format("`{}` is source code: this build scans compiled GPU code", path.string()),
      "compile it, and scan the object, library or program");
}

class Expansion {
 public:
  void add(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (error) cannot_read(path, error);
    if (fs::is_directory(status)) return add_directory(path);
    refuse_source(path);
    if (first_sight(path)) found_.push_back({path, true});
  }

  std::vector<ScanPath> take() { return std::move(found_); }

 private:
  void add_directory(const fs::path& directory) {
    std::error_code error;
    std::vector<fs::path> below;
    auto options = fs::directory_options::skip_permission_denied;
    fs::directory_iterator probe(directory, error);  // itself must be readable
    if (error) cannot_read(directory, error);
    for (fs::recursive_directory_iterator at(directory, options, error), end; at != end;
         at.increment(error)) {
      if (error) cannot_read(directory, error);
      std::error_code unreadable;
      if (at->is_regular_file(unreadable) && !unreadable) below.push_back(at->path());
    }
    std::sort(below.begin(), below.end());
    for (const fs::path& path : below) {
      if (first_sight(path)) found_.push_back({path, false});
    }
  }

  // A library and the links to it are one file.
  bool first_sight(const fs::path& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return true;  // reading it says why
    return seen_.emplace(status.st_dev, status.st_ino).second;
  }

  std::vector<ScanPath> found_;
  std::set<std::pair<dev_t, ino_t>> seen_;
};

}  // namespace

std::vector<ScanPath> expand_paths(const std::vector<std::string>& paths) {
  Expansion expansion;
  for (const std::string& path : paths) expansion.add(path);
  return expansion.take();
}

}  // namespace detaudit::auditor
