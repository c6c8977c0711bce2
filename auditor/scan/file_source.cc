#include "auditor/scan/file_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "reports/diagnostic.h"

namespace detaudit::auditor {

FileSource::FileSource(const std::filesystem::path& path)
    // Not to wait for a pipe's other end.
    : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (!file_.valid()) {
    throw reports::usage_error(
        "DET902", fmt::format("cannot read `{}`: {}", path.string(), std::strerror(errno)),
        "name a file or directory that can be read");
  }
  struct stat status {};
  if (fstat(file_.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw reports::usage_error("DET902", fmt::format("`{}` is no regular file", path.string()),
                               "name a file or directory with compiled GPU code");
  }
  size_ = static_cast<uint64_t>(status.st_size);
}

bool FileSource::read(uint64_t offset, std::span<std::byte> into) const {
  while (!into.empty()) {
    const ssize_t got = pread(file_.get(), into.data(), into.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    offset += static_cast<uint64_t>(got);
    into = into.subspan(static_cast<size_t>(got));
  }
  return true;
}

}  // namespace detaudit::auditor
