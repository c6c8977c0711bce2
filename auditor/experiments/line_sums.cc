#include "auditor/experiments/line_sums.h"

#include <cstring>
#include <fstream>

namespace detaudit::auditor {
namespace {

constexpr size_t kMostInLine = size_t{1} << 20;
constexpr const char* kFile = "line-sums";

}  // namespace

void LineSum::end_line() {
  sum_ = kernels::add(sum_, kernels::digest(line_.data(), line_.size()));
  line_.clear();
}

bool LineSum::add(const char* data, size_t bytes) {
  const char* const end = data + bytes;
  while (text_ && data < end) {
    const void* found = std::memchr(data, '\n', static_cast<size_t>(end - data));
    const char* stop = found ? static_cast<const char*>(found) : end;
    line_.append(data, stop);
    text_ = line_.size() <= kMostInLine;
    if (found) end_line();
    data = found ? stop + 1 : end;
  }
  return text_;
}

std::optional<kernels::Digest> LineSum::finish() {
  if (!text_) return std::nullopt;
  if (!line_.empty()) end_line();
  return sum_;
}

// One record an output: two words, then its name and a zero byte.
void keep_line_sum(const std::filesystem::path& run, const std::string& output,
                   const kernels::Digest& sum) {
  std::ofstream file(run / kFile, std::ios::binary | std::ios::app);
  file.write(reinterpret_cast<const char*>(&sum), sizeof sum);
  file.write(output.c_str(), static_cast<std::streamsize>(output.size() + 1));
}

std::optional<kernels::Digest> kept_line_sum(const std::filesystem::path& run,
                                             const std::string& output) {
  std::ifstream file(run / kFile, std::ios::binary);
  kernels::Digest sum;
  std::string name;
  while (file.read(reinterpret_cast<char*>(&sum), sizeof sum) && std::getline(file, name, '\0')) {
    if (name == output) return sum;
  }
  return std::nullopt;
}

}  // namespace detaudit::auditor
