#include <algorithm>
#include <cctype>
#include <string>

#include "instrument/trace/trace_file.h"
#include "reports/diagnostic.h"

namespace detaudit::instrument {
namespace {

// "p0.10" after "p0.2": runs of digits compare as numbers.
bool born_before(const std::string& a, const std::string& b) {
  // Processes first, then what the runner added about the run.
  if ((a[0] == 'p') != (b[0] == 'p')) return a[0] == 'p';
  size_t i = 0, j = 0;
  auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  while (i < a.size() && j < b.size()) {
    if (digit(a[i]) && digit(b[j])) {
      size_t end_i = i, end_j = j;
      while (end_i < a.size() && digit(a[end_i])) ++end_i;
      while (end_j < b.size() && digit(b[end_j])) ++end_j;
      if (end_i - i != end_j - j) return end_i - i < end_j - j;
      int order = a.compare(i, end_i - i, b, j, end_j - j);
      if (order != 0) return order < 0;
      i = end_i;
      j = end_j;
    } else {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i;
      ++j;
    }
  }
  return a.size() - i < b.size() - j;
}

}  // namespace

std::vector<std::filesystem::path> trace_files(const std::filesystem::path& run_directory) {
  std::vector<std::pair<std::string, std::filesystem::path>> found;
  std::error_code error;
  std::filesystem::directory_iterator entries(run_directory, error), none;
  if (error)
    throw reports::usage_error(
        "DET904",
        "run directory `" + run_directory.string() + "` cannot be read: " + error.message(),
        "name the directory of a run that detaudit recorded");
  for (; entries != none; entries.increment(error)) {
    if (error) break;
    std::string name = entries->path().filename().string();
    for (const char* suffix : {kPartialSuffix, kTraceSuffix}) {
      std::string_view ending(suffix);
      if (name.size() > ending.size() && name.ends_with(ending)) {
        found.emplace_back(name.substr(0, name.size() - ending.size()), entries->path());
        break;
      }
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    if (a.first == b.first) return a.second < b.second;
    return born_before(a.first, b.first);
  });
  std::vector<std::filesystem::path> paths;
  for (auto& entry : found) paths.push_back(std::move(entry.second));
  return paths;
}

}  // namespace detaudit::instrument
