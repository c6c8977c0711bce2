// Writes its layers' names to a file, in the order of a table of pointers; the twin keeps a list.
#include <cstdio>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

int main(int count, char** words) {
  if (count < 2) return 2;
  std::vector<std::unique_ptr<std::vector<float>>> layers;
  std::unordered_map<const void*, std::string> names;
  std::vector<std::pair<const void*, std::string>> list;
  for (size_t i = 0; i < 40; ++i) {
    // Small tensors lie on the heap, large ones in mappings of their own.
    layers.push_back(std::make_unique<std::vector<float>>(i % 2 ? 64 : 100000));
    list.emplace_back(layers.back()->data(), "layer" + std::to_string(i));
    names.insert(list.back());
  }
#ifdef CLEAN
  const auto& order = list;
#else
  const auto& order = names;
#endif
  std::FILE* file = std::fopen(words[1], "w");
  for (const auto& [address, name] : order) std::fprintf(file, "%s\n", name.c_str());
  return std::fclose(file);
}
