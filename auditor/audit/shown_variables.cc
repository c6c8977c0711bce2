#include "auditor/audit/shown_variables.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>

namespace detaudit::auditor {
namespace {

constexpr std::array kOurs = {"DETAUDIT_CONTROL", "DETAUDIT_PADDING", "GLIBC_TUNABLES",
                              "MALLOC_PERTURB_", "PYTHONHASHSEED"};

// Behind a name stand at most a few of these: NAME=value, 'NAME': 'value', NAME is value.
constexpr const char* kBetween = "=:'\" ";
constexpr const char* kAfter = "'\", \t\r\n})";

std::optional<std::string> kept(const ObservedRun& run, const std::string& output) {
  const bool is_stdout = output == "stdout";
  if (!is_stdout && output != "stderr") return std::nullopt;
  std::ifstream in(run.result.directory / (output + ".bin"), std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  const uint64_t written = is_stdout ? run.result.stdout_bytes : run.result.stderr_bytes;
  if (text.size() != written) return std::nullopt;
  return text;
}

}  // namespace

std::string without_our_variables(const std::string& text, std::vector<std::string>& named) {
  std::string rest = text;
  for (const std::string name : kOurs) {
    std::string out;
    size_t from = 0;
    for (size_t at; (at = rest.find(name, from)) != std::string::npos;) {
      size_t value = rest.find_first_not_of(kBetween, at + name.size());
      value = std::min(value, rest.size());
      out.append(rest, from, value - from);
      from = std::min(rest.find_first_of(kAfter, value), rest.size());
      if (named.empty() || named.back() != name) named.push_back(name);
    }
    rest = out.append(rest, from);
  }
  return rest;
}

std::vector<std::string> only_our_variables(const Observation& observation,
                                            const std::string& output) {
  std::vector<std::string> names;
  std::optional<std::string> first;
  for (const ObservedRun& run : observation.runs) {
    const auto text = kept(run, output);
    if (!text) return {};
    std::vector<std::string> named;
    std::string rest = without_our_variables(*text, named);
    if (first && (rest != *first || named != names)) return {};
    first = std::move(rest);
    names = std::move(named);
  }
  return names;
}

}  // namespace detaudit::auditor
