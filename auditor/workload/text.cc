#include "auditor/workload/text.h"

#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <string_view>

#include "kernels/philox.h"
#include "reports/diagnostic.h"

namespace detaudit::workload {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::string_view kNouns[] = {"kernel", "thread", "buffer", "tensor", "seed",
                                       "stream", "worker", "batch",  "block",  "gradient"};
constexpr std::string_view kVerbs[] = {"follow",  "copy",  "change", "read",   "order",
                                       "scatter", "merge", "count",  "record", "hold"};
constexpr std::string_view kAdjectives[] = {"slow",   "shared", "ordered", "small",
                                            "random", "hidden", "atomic",  "quiet"};
constexpr std::string_view kPlaces[] = {"before the barrier", "after the launch",
                                        "in the last step", "on every device"};

enum class Number { kSingular, kPlural };

// Writes sentences; every choice is a word of one stream.
class Author {
 public:
  explicit Author(uint64_t seed) : state_(kernels::philox_stream(seed, 0)) {}

  void sentence(std::string& text) {
    const Number number = noun_phrase(text, 0);
    verb_phrase(text, number);
    if (engine_() % 3 == 0) text += " " + pick(kPlaces);
    text += engine_() % 5 == 0 ? ".\n" : ". ";
  }

 private:
  std::string pick(Words words) { return std::string(words[engine_() % words.size()]); }

  Number noun_phrase(std::string& text, int depth) {
    const Number number = engine_() % 2 ? Number::kPlural : Number::kSingular;
    text += number == Number::kPlural ? "these " : "this ";
    if (engine_() % 2) text += pick(kAdjectives) + " ";
    text += pick(kNouns);
    if (number == Number::kPlural) text += "s";
    if (depth < 1 && engine_() % 4 == 0) {
      text += ", that ";
      Number inner = noun_phrase(text, depth + 1);
      text += " " + pick(kVerbs) + (inner == Number::kSingular ? "s," : ",");
    }
    return number;
  }

  void verb_phrase(std::string& text, Number number) {
    text += " " + pick(kVerbs) + (number == Number::kSingular ? "s " : " ");
    noun_phrase(text, 1);
  }

  kernels::Philox state_;
  kernels::PhiloxEngine engine_{state_};
};

}  // namespace

TextData split_text(const std::string& text) {
  std::array<bool, 256> occurs{};
  for (unsigned char c : text) occurs[c] = true;
  std::array<uint8_t, 256> number{};
  TextData data;
  for (size_t c = 0; c < 256; ++c)
    if (occurs[c]) number[c] = static_cast<uint8_t>(data.symbols++);
  const size_t train = text.size() - text.size() / 10;
  for (size_t i = 0; i < text.size(); ++i)
    (i < train ? data.train : data.test).push_back(number[static_cast<unsigned char>(text[i])]);
  return data;
}

std::string read_text(const std::filesystem::path& path) {
  const auto bad_file = [&](const std::string& what, std::string help) {
    return reports::usage_error("DET902", "`" + path.string() + "` " + what, std::move(help));
  };
  std::error_code error;
  if (!std::filesystem::exists(path, error)) throw bad_file("does not exist", "give a text file");
  if (!std::filesystem::is_regular_file(path, error))
    throw bad_file("is not a file", "give a text file to --data");
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    throw bad_file(std::string("cannot be read: ") + std::strerror(errno), "check its permissions");
  std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (text.size() < kLeastTextBytes)
    throw bad_file("is too short to learn from: " + std::to_string(text.size()) + " bytes",
                   "give a text of at least " + std::to_string(kLeastTextBytes) + " bytes");
  return text;
}

std::string write_text(uint64_t seed, size_t bytes) {
  Author author(seed);
  std::string text;
  while (text.size() < bytes) author.sentence(text);
  text.resize(bytes);
  return text;
}

double frequency_loss(const TextData& data) {
  // One more of each than was seen: what never occurred is unlikely, not impossible.
  std::vector<double> count(data.symbols, 1.0);
  for (uint8_t symbol : data.train) count[symbol] += 1;
  const double all = static_cast<double>(data.train.size() + data.symbols);
  double loss = 0;
  for (uint8_t symbol : data.test) loss -= std::log(count[symbol] / all);
  return loss / static_cast<double>(data.test.size());
}

}  // namespace detaudit::workload
