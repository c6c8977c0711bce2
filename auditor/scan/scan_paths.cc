#include "auditor/scan/scan_paths.h"

#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <string_view>

#include "reports/diagnostic.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kVersionControl = {".git", ".hg", ".svn", ".jj"};

[[noreturn]] void cannot_read(const fs::path& path, const std::error_code& error) {
  throw reports::usage_error("DET902",
                             fmt::format("cannot read `{}`: {}", path.string(), error.message()),
                             "name a file or directory that can be read");
}

bool is_version_control(const fs::path& name) {
  return std::find(kVersionControl.begin(), kVersionControl.end(), name.string()) !=
         kVersionControl.end();
}

class Expansion {
 public:
  explicit Expansion(const std::vector<std::string>& excludes) : excludes_(excludes) {}

  void add(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (error) cannot_read(path, error);
    if (fs::is_directory(status)) return add_directory(path);
    if (!fs::is_regular_file(status)) {
      throw reports::usage_error("DET902", fmt::format("`{}` is no regular file", path.string()),
                                 "name a file or directory that can be read");
    }
    if (access(path.c_str(), R_OK) != 0) {
      cannot_read(path, std::error_code(errno, std::generic_category()));
    }
    add_file(path, true);
  }

  ScanPaths take() { return std::move(found_); }

 private:
  void add_directory(const fs::path& directory) {
    std::error_code error;
    std::vector<fs::path> below;
    auto options = fs::directory_options::skip_permission_denied;
    fs::directory_iterator probe(directory, error);  // itself must be readable
    if (error) cannot_read(directory, error);
    // detaudit: allow(DET223) paths are sorted; the others are counted
    for (fs::recursive_directory_iterator at(directory, options, error), end; at != end;
         at.increment(error)) {
      if (error) cannot_read(directory, error);
      std::error_code unreadable;
      const bool excluded = is_excluded(at->path());
      if (excluded) ++found_.excluded;
      if (excluded || is_version_control(at->path().filename())) {
        if (at->is_directory(unreadable)) at.disable_recursion_pending();
      } else if (is_file(*at)) {
        below.push_back(at->path());
      }
    }
    std::sort(below.begin(), below.end());
    for (const fs::path& path : below) add_file(path, false);
  }

  // A link that leads nowhere is one that cannot be read.
  static bool is_file(const fs::directory_entry& entry) {
    std::error_code unreadable;
    const bool file = entry.is_regular_file(unreadable) && !unreadable;
    return file || (entry.is_symlink(unreadable) && !entry.exists(unreadable));
  }

  void add_file(const fs::path& path, bool named) {
    if (first_sight(path)) found_.files.push_back({path, named, source_kind(path)});
  }

  bool is_excluded(const fs::path& path) const {
    return std::any_of(excludes_.begin(), excludes_.end(), [&](const std::string& glob) {
      return fnmatch(glob.c_str(), path.c_str(), 0) == 0 ||
             fnmatch(glob.c_str(), path.lexically_normal().c_str(), 0) == 0 ||
             fnmatch(glob.c_str(), path.filename().c_str(), 0) == 0;
    });
  }

  // A library and the links to it are one file.
  bool first_sight(const fs::path& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return true;  // reading it says why
    return seen_.emplace(status.st_dev, status.st_ino).second;
  }

  const std::vector<std::string>& excludes_;
  ScanPaths found_;
  std::set<std::pair<dev_t, ino_t>> seen_;
};

}  // namespace

ScanPaths expand_paths(const std::vector<std::string>& paths,
                       const std::vector<std::string>& excludes) {
  Expansion expansion(excludes);
  for (const std::string& path : paths) expansion.add(path);
  return expansion.take();
}

}  // namespace detaudit::auditor
