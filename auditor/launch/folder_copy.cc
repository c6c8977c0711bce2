#include "auditor/launch/folder_copy.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "auditor/launch/file_descriptor.h"
#include "reports/diagnostic.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using Inode = std::pair<uint64_t, uint64_t>;

constexpr const char* kWayOut =
    "run without --isolate, or in a folder that holds only what the program needs";

reports::DiagnosticError cannot_copy(const fs::path& path, const std::string& why) {
  return reports::usage_error("DET905", "cannot copy `" + path.string() + "`: " + why, kWayOut);
}

reports::DiagnosticError failed(const fs::path& path) {
  const int error = errno;
  if (error != ENOSPC && error != EDQUOT) return cannot_copy(path, std::strerror(error));
  return reports::usage_error(
      "DET905", "no room for a copy of `" + path.string() + "`: " + std::strerror(error),
      "free some, or run without --isolate");
}

bool is_under(const std::string& path, const std::string& folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

std::string human(uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

std::set<Inode> own_open_files() {
  std::set<Inode> open;
  std::error_code error;
  for (fs::directory_iterator it("/proc/self/fd", error), end; !error && it != end;
       it.increment(error)) {
    struct stat facts;
    if (stat(it->path().c_str(), &facts) == 0 && S_ISREG(facts.st_mode)) {
      open.insert({facts.st_dev, facts.st_ino});
    }
  }
  return open;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(folder.c_str()), closedir);
  if (!stream) throw failed(folder);
  std::vector<std::string> names;
  // detaudit: allow(DET223) all are copied, in whatever order
  while (const dirent* item = readdir(stream.get())) {
    const std::string name = item->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  return names;
}

class FolderCopy {
 public:
  FolderCopy(fs::path from, fs::path to, const CopyRules& rules)
      : from_(std::move(from)), to_(std::move(to)), rules_(rules), own_(own_open_files()) {}

  void run() {
    struct stat facts;
    if (lstat(from_.c_str(), &facts) != 0) throw failed(from_);
    device_ = facts.st_dev;
    copy_tree(from_, to_, facts);
  }

 private:
  void copy_tree(const fs::path& from, const fs::path& to, const struct stat& facts) {
    if (mkdir(to.c_str(), 0700) != 0) throw failed(from);
    for (const std::string& name : names_in(from)) {
      const fs::path source = from / name;
      struct stat entry;
      if (rules_.left_out.contains(source.string())) continue;
      if (lstat(source.c_str(), &entry) != 0) {
        if (errno == ENOENT) continue;  // gone since
        throw failed(source);
      }
      if (++entries_ > rules_.most_entries) {
        throw cannot_copy(from_,
                          "it holds more than " + std::to_string(rules_.most_entries) + " entries");
      }
      copy_entry(source, to / name, entry);
    }
    take_over(to, facts);
  }

  void copy_entry(const fs::path& from, const fs::path& to, const struct stat& facts) {
    if (S_ISDIR(facts.st_mode)) {
      if (facts.st_dev == device_) return copy_tree(from, to, facts);
      if (symlink(from.c_str(), to.c_str()) != 0) throw failed(from);
    } else if (S_ISLNK(facts.st_mode)) {
      copy_link(from, to);
    } else if (S_ISFIFO(facts.st_mode)) {
      if (mkfifo(to.c_str(), facts.st_mode & 07777) != 0) throw failed(from);
    } else if (S_ISREG(facts.st_mode) && !own_.contains({facts.st_dev, facts.st_ino})) {
      copy_regular(from, to, facts);
    }
  }

  void copy_link(const fs::path& from, const fs::path& to) const {
    std::error_code error;
    std::string target = fs::read_symlink(from, error).string();
    if (error) throw cannot_copy(from, error.message());
    if (is_under(target, from_.string())) {
      target = to_.string() + target.substr(from_.string().size());
    }
    if (symlink(target.c_str(), to.c_str()) != 0) throw failed(from);
  }

  void copy_regular(const fs::path& from, const fs::path& to, const struct stat& facts) {
    if (facts.st_nlink > 1) {
      const auto [known, first] = linked_.try_emplace({facts.st_dev, facts.st_ino}, to);
      if (!first && link(known->second.c_str(), to.c_str()) == 0) return;
    }
    FileDescriptor source(open(from.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (source.get() < 0) throw failed(from);
    FileDescriptor target(open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (target.get() < 0) throw failed(from);
    if (facts.st_size > 0 && ioctl(target.get(), FICLONE, source.get()) != 0) {
      bytes_ += static_cast<uint64_t>(facts.st_size);
      if (bytes_ > rules_.most_bytes) {
        throw cannot_copy(from_, "it holds more than " + human(rules_.most_bytes));
      }
      if (!copy_bytes(source.get(), target.get())) throw failed(from);
    }
    take_over(to, facts);
  }

  static bool copy_bytes(int source, int target) {
    constexpr size_t kPiece = size_t{64} << 20;
    ssize_t copied;
    while ((copied = copy_file_range(source, nullptr, target, nullptr, kPiece, 0)) > 0) {
    }
    if (copied == 0) return true;
    if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) return false;
    std::vector<char> buffer(size_t{1} << 18);
    while ((copied = read(source, buffer.data(), buffer.size())) > 0) {
      for (ssize_t done = 0; done < copied;) {
        const ssize_t written =
            write(target, buffer.data() + done, static_cast<size_t>(copied - done));
        if (written < 0) return false;
        done += written;
      }
    }
    return copied == 0;
  }

  // Owner (as far as we may), mode, times: what reads them finds what it would find in `from`.
  static void take_over(const fs::path& to, const struct stat& facts) {
    [[maybe_unused]] const int owned = lchown(to.c_str(), facts.st_uid, facts.st_gid);
    chmod(to.c_str(), facts.st_mode & 07777);
    const timespec times[2] = {facts.st_atim, facts.st_mtim};
    utimensat(AT_FDCWD, to.c_str(), times, AT_SYMLINK_NOFOLLOW);
  }

  const fs::path from_, to_;
  const CopyRules& rules_;
  const std::set<Inode> own_;
  std::map<Inode, fs::path> linked_;
  uint64_t device_ = 0, entries_ = 0, bytes_ = 0;
};

void make_removable(const fs::path& folder) {
  chmod(folder.c_str(), 0700);
  std::error_code error;
  // detaudit: allow(DET223) all of them, in whatever order
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->is_directory(error) && !it->is_symlink(error)) make_removable(it->path());
  }
}

}  // namespace

void copy_folder(const fs::path& from, const fs::path& to, const CopyRules& rules) {
  try {
    FolderCopy(from, to, rules).run();
  } catch (...) {
    remove_folder(to);
    throw;
  }
}

void remove_folder(const fs::path& folder) noexcept {
  try {
    std::error_code error;
    if (!fs::is_directory(fs::symlink_status(folder, error))) return;
    fs::remove_all(folder, error);
    if (!error) return;
    make_removable(folder);
    fs::remove_all(folder, error);
  } catch (const std::exception&) {
    // What cannot be removed stays, and the next copy beside it says so.
  }
}

}  // namespace detaudit::auditor
