#include "auditor/launch/process_files.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace detaudit::auditor {
namespace {

constexpr int kMostLinks = 40;  // as the kernel

std::string link_text(int folder, const char* path) {
  char text[PATH_MAX];
  const ssize_t bytes = readlinkat(folder, path, text, sizeof text);
  return bytes > 0 ? std::string(text, static_cast<size_t>(bytes)) : "";
}

std::string link_text(const std::string& path) { return link_text(AT_FDCWD, path.c_str()); }

int open_folder(int folder, const std::string& path, uint64_t resolve) {
  const int flags = O_PATH | O_CLOEXEC | O_DIRECTORY;
  if (resolve == 0) return openat(folder, path.c_str(), flags);
  open_how how{};
  how.flags = static_cast<uint64_t>(flags);
  how.resolve = resolve;
  return static_cast<int>(syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how));
}

// Links whose target depends on who looks.
std::string as_seen_by(const std::string& proc, const std::string& path) {
  auto tail_of = [&](const std::string& prefix) { return path.substr(prefix.size()); };
  for (const char* self : {"/proc/self", "/proc/thread-self"}) {
    if (path == self || path.starts_with(std::string(self) + "/")) return proc + tail_of(self);
  }
  if (path == "/dev/fd" || path.starts_with("/dev/fd/")) return proc + "/fd" + tail_of("/dev/fd");
  const std::pair<const char*, const char*> streams[] = {
      {"/dev/stdin", "/fd/0"}, {"/dev/stdout", "/fd/1"}, {"/dev/stderr", "/fd/2"}};
  for (const auto& [name, file] : streams) {
    if (path == name) return proc + file;
  }
  return path;
}

}  // namespace

std::optional<struct stat> NamedPlace::facts() const {
  struct stat facts;
  if (fstatat(folder.get(), last.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  return facts;
}

bool NamedPlace::can_change() const {
  return faccessat(folder.get(), ".", W_OK | X_OK, AT_EACCESS) == 0;
}

ProcessFiles::ProcessFiles(pid_t thread)
    : thread_(thread), proc_("/proc/" + std::to_string(thread)) {}

std::string ProcessFiles::strange() const {
  static const std::string own_root = link_text("/proc/self/root");
  static const std::string own_mounts = link_text("/proc/self/ns/mnt");
  const std::string root = link_text(proc_ + "/root");
  if (root.empty()) return errno == ENOENT ? "" : std::string("its files: ") + std::strerror(errno);
  if (root != own_root) return "it has a root folder of its own";
  return link_text(proc_ + "/ns/mnt") == own_mounts ? "" : "it has mounts of its own";
}

ProcessFiles::Read ProcessFiles::read(uint64_t address, void* to, size_t bytes) const {
  iovec here{to, bytes}, there{reinterpret_cast<void*>(address), bytes};
  const ssize_t got = process_vm_readv(thread_, &here, 1, &there, 1, 0);
  if (got == static_cast<ssize_t>(bytes)) return Read::kDone;
  return got < 0 && (errno == EPERM || errno == ENOSYS) ? Read::kForbidden : Read::kNoMemory;
}

ProcessFiles::Read ProcessFiles::read_text(uint64_t address, std::string& text) const {
  constexpr uint64_t kPage = 4096;
  text.clear();
  while (text.size() < PATH_MAX) {
    char part[kPage];
    const uint64_t at = address + text.size();
    const size_t bytes = kPage - at % kPage;  // what lies beyond may not be there
    if (const Read result = read(at, part, bytes); result != Read::kDone) return result;
    const size_t length = strnlen(part, bytes);
    text.append(part, length);
    if (length < bytes) return Read::kDone;
  }
  return Read::kNoMemory;  // the kernel refuses it
}

// By the links that /proc has for a process's folders.
std::string ProcessFiles::from_here(int folder, const std::string& path) const {
  if (path[0] == '/') return as_seen_by(proc_, path);
  return proc_ + (folder == AT_FDCWD ? "/cwd/" : "/fd/" + std::to_string(folder) + "/") + path;
}

std::optional<struct stat> ProcessFiles::facts(int folder, const std::string& path) const {
  struct stat facts;
  if (path.empty() || stat(from_here(folder, path).c_str(), &facts) != 0) return std::nullopt;
  return facts;
}

std::optional<NamedPlace> ProcessFiles::place(int folder, const std::string& path,
                                              uint64_t resolve) const {
  if (path.empty()) return std::nullopt;
  if (resolve == 0) return place_in(AT_FDCWD, from_here(folder, path), 0);
  const std::string start = from_here(folder, ".");
  const FileDescriptor base(open(start.c_str(), O_PATH | O_CLOEXEC | O_DIRECTORY));
  return base.valid() ? place_in(base.get(), path, resolve) : std::nullopt;
}

std::optional<NamedPlace> ProcessFiles::place_in(int folder, const std::string& given,
                                                 uint64_t resolve) const {
  std::string path = resolve == 0 ? as_seen_by(proc_, given) : given;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const size_t slash = path.rfind('/');
  NamedPlace place;
  place.last = slash == std::string::npos ? path : path.substr(slash + 1);
  if (place.last.empty() || place.last == "." || place.last == "..") return std::nullopt;
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  place.folder.reset(open_folder(folder, parent, resolve));
  if (!place.folder.valid()) return std::nullopt;
  struct stat facts;
  if (fstat(place.folder.get(), &facts) != 0 || facts.st_nlink == 0) return std::nullopt;
  place.folder_name = link_text("/proc/self/fd/" + std::to_string(place.folder.get()));
  if (place.folder_name.empty()) return std::nullopt;
  return place;
}

std::optional<NamedPlace> ProcessFiles::end_of(int folder, const std::string& path,
                                               uint64_t resolve) const {
  std::optional<NamedPlace> at = place(folder, path, resolve);
  for (int links = 0; at && links < kMostLinks; ++links) {
    const auto facts = at->facts();
    if (!facts || !S_ISLNK(facts->st_mode)) return at;
    struct stat target;
    const bool in_proc = at->folder_name.starts_with("/proc/");
    // What such a link names may have no name any more.
    if (in_proc && (fstatat(at->folder.get(), at->last.c_str(), &target, 0) != 0 ||
                    !S_ISREG(target.st_mode) || target.st_nlink == 0))
      return std::nullopt;
    const std::string text = link_text(at->folder.get(), at->last.c_str());
    if (text.empty()) return std::nullopt;
    at = place_in(at->folder.get(), text, resolve);
  }
  return std::nullopt;
}

}  // namespace detaudit::auditor
