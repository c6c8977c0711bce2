#include <dirent.h>
#include <fts.h>
#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using Entries = fs::recursive_directory_iterator;

void load(const fs::path& path);

std::vector<fs::path> unsorted(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());  // expect: DET223
  return paths;
}

void straight_on(const fs::path& folder) {
  for (const auto& entry : Entries(folder)) {  // expect: DET223
    if (entry.is_regular_file()) load(entry.path());
  }
  std::vector<fs::path> all(fs::directory_iterator{folder}, fs::directory_iterator{});  // expect: DET223
  DIR* directory = opendir(folder.c_str());
  std::vector<std::string> names;
  while (dirent* entry = readdir(directory)) {  // expect: DET223
    names.push_back(entry->d_name);
  }
  closedir(directory);
  dirent** list;
  scandir(".", &list, nullptr, nullptr);  // expect: DET223
  scandir(".", &list, NULL, alphasort);
  glob_t found;
  glob("*.png", GLOB_NOSORT | GLOB_MARK, nullptr, &found);  // expect: DET223
  glob("*.png", GLOB_MARK, nullptr, &found);
}

std::vector<fs::path> sorted(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::set<fs::path> in_a_set(const fs::path& folder) {
  std::set<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) paths.insert(entry.path());
  return paths;
}

size_t counted(const fs::path& folder) {
  size_t files = 0, bytes = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    ++files;
    bytes += entry.file_size();
  }
  return files + bytes;
}

void by_caller(const fs::path& folder) {
  auto collect = [&] {
    std::vector<fs::path> paths(fs::directory_iterator{folder}, fs::directory_iterator{});
    std::ranges::sort(paths);
    return paths;
  };
  for (const auto& path : collect()) load(path);
}
