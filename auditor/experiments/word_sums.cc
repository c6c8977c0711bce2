#include "auditor/experiments/word_sums.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <string_view>

namespace detaudit::auditor {
namespace {

constexpr size_t kMostInWord = size_t{1} << 20;
constexpr const char* kFile = "word-sums";

constexpr std::array<bool, 256> kParts = [] {
  std::array<bool, 256> parts{};
  for (const char c : std::string_view(" \t\r\n,;:=()[]{}<>'\""))
    parts[static_cast<uint8_t>(c)] = true;
  return parts;
}();
bool parts(char c) { return kParts[static_cast<uint8_t>(c)]; }

}  // namespace

void WordSum::end_word() {
  if (!word_.empty()) sum_ = kernels::add(sum_, kernels::digest(word_.data(), word_.size()));
  word_.clear();
}

bool WordSum::add(const char* data, size_t bytes) {
  const char* const end = data + bytes;
  while (text_ && data < end) {
    const char* const stop = std::find_if(data, end, parts);
    word_.append(data, stop);
    text_ = word_.size() <= kMostInWord;
    if (stop != end) end_word();
    data = stop == end ? end : stop + 1;
  }
  return text_;
}

std::optional<kernels::Digest> WordSum::finish() {
  if (!text_) return std::nullopt;
  end_word();
  return sum_;
}

// One record an output: two words, then its name and a zero byte.
void keep_word_sum(const std::filesystem::path& run, const std::string& output,
                   const kernels::Digest& sum) {
  std::ofstream file(run / kFile, std::ios::binary | std::ios::app);
  file.write(reinterpret_cast<const char*>(&sum), sizeof sum);
  file.write(output.c_str(), static_cast<std::streamsize>(output.size() + 1));
}

std::optional<kernels::Digest> kept_word_sum(const std::filesystem::path& run,
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
