#include <dirent.h>
#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <ranges>
#include <string>
#include <vector>

using namespace std::filesystem;
using Walk = recursive_directory_iterator;

class Dataset {
 public:
  explicit Dataset(const path& root) {
    for (auto it = Walk(root); it != Walk(); ++it) {  // expect: DET223
      if (it->path().extension() == ".png") files_.emplace_back(it->path());
    }
  }
  std::vector<path> files_;
};

class Ordered {
 public:
  explicit Ordered(const path& root) {
    for (const directory_entry& entry : directory_iterator{root}) files_.push_back(entry.path());
    std::sort(files_.begin(), files_.end());
  }
  std::vector<path> files_;
};

std::vector<std::string> names(const char* folder) {
  std::vector<std::string> all;
  DIR* const dir = ::opendir(folder);
  for (struct dirent* e = ::readdir(dir); e != nullptr; e = ::readdir(dir)) {  // expect: DET223
    if (e->d_name[0] != '.') all.emplace_back(e->d_name);
  }
  ::closedir(dir);
  return all;
}

void copied(const path& root, std::vector<directory_entry>& out) {
  std::copy(directory_iterator(root), directory_iterator(), std::back_inserter(out));  // expect: DET223
  const int flags = GLOB_NOSORT;
  glob_t g;
  ::glob("*.bin", flags, nullptr, &g);  // expect: DET223
  ::glob("*.bin", GLOB_TILDE, nullptr, &g);
  dirent** list = nullptr;
  const int n = ::scandir(".", &list, nullptr, [](const dirent** a, const dirent** b) { return alphasort(a, b); });
  (void)n;
}

bool has(const path& root, const std::string& name) {
  for (const auto& e : directory_iterator(root)) {
    if (e.path().filename() == name) return true;
  }
  return std::any_of(directory_iterator(root), directory_iterator(), [](auto& e) { return e.is_directory(); });
}
void clear(const path& root) {
  for (const auto& e : directory_iterator(root)) remove_all(e.path());
}
std::map<std::string, std::uintmax_t> sizes(const path& root) {
  std::map<std::string, std::uintmax_t> by_name;
  for (const auto& e : Walk(root)) by_name[e.path().string()] = e.file_size();
  return by_name;
}
