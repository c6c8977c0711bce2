#include "instrument/trace/peek.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "instrument/trace/format.h"

namespace detaudit::instrument {
namespace {

std::optional<uint64_t> step_of(const std::filesystem::path& path) {
  int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  TraceHeader header{};
  bool whole = pread(descriptor, &header, sizeof header, 0) == sizeof header;
  ::close(descriptor);
  if (!whole || std::memcmp(header.magic, kTraceMagic, sizeof kTraceMagic) != 0 ||
      header.events == 0)
    return std::nullopt;
  return header.step;
}

}  // namespace

std::optional<uint64_t> peek_step(const std::filesystem::path& run_directory) {
  std::optional<uint64_t> newest;
  std::error_code error;
  std::filesystem::directory_iterator entries(run_directory, error), none;
  for (; !error && entries != none; entries.increment(error)) {
    std::string name = entries->path().filename().string();
    if (!name.ends_with(kPartialSuffix) && !name.ends_with(kTraceSuffix)) continue;
    if (auto step = step_of(entries->path())) newest = std::max(newest.value_or(0), *step);
  }
  return newest;
}

}  // namespace detaudit::instrument
