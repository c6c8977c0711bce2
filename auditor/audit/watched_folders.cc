#include "auditor/audit/watched_folders.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <fmt/format.h>
#include <thread>

#include "auditor/launch/file_descriptor.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr size_t kMostAtFirst = 20000;
constexpr size_t kMostLater = 100000;
// File systems stamp changes by a clock that ticks every few milliseconds: what changed twice
// within a tick looks as if it had changed once.
constexpr milliseconds kClockTick{12};

using Inode = std::pair<uint64_t, uint64_t>;  // device, number

int64_t nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// The regular files that a process holds open.
void add_open_files(const fs::path& descriptors, std::set<Inode>& open) {
  std::error_code error;
  for (fs::directory_iterator it(descriptors, error), end; !error && it != end;
       it.increment(error)) {
    struct stat facts;
    if (stat(it->path().c_str(), &facts) == 0 && S_ISREG(facts.st_mode)) {
      open.insert({facts.st_dev, facts.st_ino});
    }
  }
}

// Every subject is over by now: what is open is open in a program that has nothing to do with it,
// such as the `tee` that keeps our own output.
std::set<Inode> open_anywhere() {
  std::set<Inode> open;
  std::error_code error;
  // detaudit: allow(DET223) a set comes of it
  for (fs::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.find_first_not_of("0123456789") == std::string::npos) {
      add_open_files(it->path() / "fd", open);
    }
  }
  return open;
}

bool is_under(const std::string& path, const std::string& folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

// A folder where other programs come and go, like /tmp.
bool is_shared(const fs::path& folder) {
  struct stat facts;
  return stat(folder.c_str(), &facts) == 0 && (facts.st_mode & S_ISVTX) &&
         (facts.st_mode & S_IWOTH);
}

bool is_home(const fs::path& folder) {
  const char* home = std::getenv("HOME");
  std::error_code error;
  return home && *home && fs::equivalent(folder, home, error);
}

std::string describe(mode_t mode, const std::string& target) {
  if (S_ISDIR(mode)) return "directory";
  if (S_ISLNK(mode)) return "link to " + target;
  return S_ISFIFO(mode) ? "pipe" : S_ISSOCK(mode) ? "socket" : "device";
}

}  // namespace

WatchedFolders::WatchedFolders(const Subject& subject, fs::path ours) : ours_(std::move(ours)) {
  std::error_code error;
  ours_ = fs::weakly_canonical(ours_, error);
  // The built-in workload writes no files.
  if (subject.builtin) return;
  directory_ = subject.directory.empty() ? fs::current_path(error) : subject.directory;
  add_root(directory_, Root::Depth::kTree);
  for (size_t i = 1; i < subject.argv.size(); ++i) add_argument(subject.argv[i]);
  at_first_ = last_ = walk(true);
  for (const Root& root : roots_) watched_.push_back(root.path.string());
}

void WatchedFolders::leave_out(const std::string& path, const std::string& why) {
  constexpr size_t kShown = 8;
  skipped_.insert(path);
  if (left_out_.size() < kShown) left_out_.push_back({path, why});
}

void WatchedFolders::add_root(const fs::path& path, Root::Depth depth) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(path, error);
  if (error || whole.empty()) return;
  if (depth != Root::Depth::kPath && (whole == "/" || is_shared(whole))) {
    leave_out(whole.string(), "other programs write there too");
    return;
  }
  for (const Root& root : roots_) {
    if (root.depth == Root::Depth::kTree && is_under(whole.string(), root.path.string())) return;
  }
  roots_.push_back({whole, depth});
}

// `data/in.bin`, `--out=/scratch/model`: the place itself, and the folder it is in.
void WatchedFolders::add_argument(const std::string& argument) {
  std::string text = argument;
  if (text.starts_with("-")) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos) return;
    text = text.substr(equals + 1);
  }
  // Not a path: a script, or a word that names nothing in a folder there is.
  if (text.empty() || text.size() > 1024 || text.find('\n') != std::string::npos) return;
  const fs::path path = fs::path(text).is_absolute() ? fs::path(text) : directory_ / text;
  std::error_code error;
  if (fs::is_directory(path, error)) return add_root(path, Root::Depth::kTree);
  if (!path.has_filename() || !fs::is_directory(path.parent_path(), error)) return;
  if (fs::exists(path, error) && !fs::is_regular_file(path, error)) return;
  const fs::path folder = fs::weakly_canonical(path.parent_path(), error);
  if (folder != "/" && !is_shared(folder)) return add_root(folder, Root::Depth::kFolder);
  add_root(folder / path.filename(), Root::Depth::kPath);
}

WatchedFolders::Entries WatchedFolders::walk(bool first) {
  Entries entries;
  std::set<Inode> own;
  add_open_files("/proc/self/fd", own);
  for (const Root& root : roots_) walk_root(root, first, entries);
  std::erase_if(entries, [&](const auto& entry) {
    return S_ISREG(entry.second.mode) && own.contains({entry.second.device, entry.second.inode});
  });
  return entries;
}

// Breadth first, so that where it ends early, it ends in the depths.
void WatchedFolders::walk_root(const Root& root, bool first, Entries& entries) {
  struct stat facts;
  if (lstat(root.path.c_str(), &facts) != 0) return;
  const uint64_t device = facts.st_dev;
  const bool home = root.depth == Root::Depth::kTree && is_home(root.path);
  auto add = [&](int folder, const char* name, const std::string& path) -> const Entry* {
    struct stat now;
    if (fstatat(folder, name, &now, AT_SYMLINK_NOFOLLOW) != 0) return nullptr;
    Entry entry{now.st_mode & static_cast<mode_t>(S_IFMT), now.st_ino, now.st_dev, now.st_size,
                nanoseconds(now.st_mtim), nanoseconds(now.st_ctim), {}};
    if (S_ISLNK(now.st_mode)) {
      char target[4096];
      const ssize_t bytes = readlinkat(folder, name, target, sizeof target);
      if (bytes > 0) entry.target.assign(target, static_cast<size_t>(bytes));
    } else if (!S_ISREG(now.st_mode)) {
      // Of a folder only that it is there.
      entry.size = entry.written_ns = entry.changed_ns = 0;
    }
    return &entries.insert_or_assign(path, std::move(entry)).first->second;
  };
  if (root.depth == Root::Depth::kPath) {
    add(AT_FDCWD, root.path.c_str(), root.path.string());
    return;
  }
  std::deque<std::string> folders = {root.path.string()};
  while (!folders.empty()) {
    const std::string path = std::move(folders.front());
    folders.pop_front();
    if (skipped_.contains(path)) continue;
    if (entries.size() >= (first ? kMostAtFirst : kMostLater)) {
      leave_out(path, fmt::format("the folders hold more than {} entries", kMostAtFirst));
      continue;
    }
    DIR* stream = opendir(path.c_str());
    if (!stream) {
      if (first) leave_out(path, "it cannot be read");
      continue;
    }
    // detaudit: allow(DET223) entries are kept by path, whichever came first
    while (const dirent* item = readdir(stream)) {
      const std::string name = item->d_name;
      if (name == "." || name == "..") continue;
      // A home's hidden entries change while anyone works.
      if (home && path == root.path && name.starts_with(".")) continue;
      std::string inner = path == "/" ? "/" + name : path + "/" + name;
      if (inner == ours_) continue;
      const Entry* entry = add(dirfd(stream), item->d_name, inner);
      if (!entry || !S_ISDIR(entry->mode) || root.depth != Root::Depth::kTree) continue;
      if (entry->device != device) {
        if (!skipped_.contains(inner)) leave_out(inner, "another file system is mounted there");
      } else {
        folders.push_back(std::move(inner));
      }
    }
    closedir(stream);
  }
}

// Until what changes from now on gets a later time than what just changed.
void WatchedFolders::settle(const Entries& entries) const {
  timespec clock;
  clock_gettime(CLOCK_REALTIME, &clock);
  const int64_t now = nanoseconds(clock), tick = std::chrono::nanoseconds(kClockTick).count();
  const bool fresh = std::any_of(entries.begin(), entries.end(), [&](const auto& entry) {
    return entry.second.changed_ns > now - tick && entry.second.changed_ns <= now;
  });
  if (fresh) std::this_thread::sleep_for(kClockTick);
}

bool WatchedFolders::cover(const std::string& path) const {
  const std::string folder = fs::path(path).parent_path().string();
  const auto within = [&](const Root& root) {
    const std::string place = root.path.string();
    switch (root.depth) {
      case Root::Depth::kPath: return path == place;
      case Root::Depth::kFolder: return folder == place;
      case Root::Depth::kTree: break;
    }
    if (!is_under(folder, place)) return false;
    return !is_home(root.path) || path.compare(place.size(), 2, "/.") != 0;
  };
  return std::any_of(roots_.begin(), roots_.end(), within) &&
         std::none_of(skipped_.begin(), skipped_.end(),
                      [&](const std::string& skipped) { return is_under(path, skipped); });
}

std::vector<std::string> WatchedFolders::appeared() const {
  std::vector<std::string> paths;
  for (const auto& [path, entry] : last_) {
    if (!at_first_.contains(path) && cover(path)) paths.push_back(path);
  }
  return paths;
}

void WatchedFolders::look() {
  if (roots_.empty()) return;
  last_ = walk(false);
  settle(last_);
}

// Folders made by any run so far, and what none has found again, belong to each run's result: a
// later run that finds them as it wants them does not touch them.
void WatchedFolders::name_what_stands(const Entries& now, FolderChanges& changes) const {
  for (const std::string& path : made_) {
    const auto entry = now.find(path);
    if (entry == now.end() || S_ISREG(entry->second.mode)) continue;
    changes.names[path] = describe(entry->second.mode, entry->second.target);
  }
  for (const auto& [path, entry] : at_first_) {
    const bool walked = std::none_of(skipped_.begin(), skipped_.end(),
                                     [&](const std::string& s) { return is_under(path, s); });
    if (walked && !now.contains(path)) changes.names[path] = "removed";
  }
}

FolderChanges WatchedFolders::changes() {
  FolderChanges changes;
  if (roots_.empty()) return changes;
  Entries now = walk(false);
  std::vector<std::string> written;
  for (const auto& [path, entry] : now) {
    const auto before = last_.find(path);
    if (before != last_.end() && before->second == entry) continue;
    if (S_ISREG(entry.mode)) {
      written.push_back(path);
    } else {
      made_.insert(path);
    }
  }
  const std::set<Inode> open = written.empty() ? std::set<Inode>() : open_anywhere();
  for (std::string& path : written) {
    const Entry& entry = now.at(path);
    auto& list = open.contains({entry.device, entry.inode}) ? changes.foreign : changes.files;
    list.push_back(std::move(path));
  }
  name_what_stands(now, changes);
  last_ = std::move(now);
  settle(last_);
  return changes;
}

}  // namespace detaudit::auditor
