#include <algorithm>
#include <cctype>
#include <sstream>

#include "auditor/environment/facts.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

constexpr const char* kToolkit = "usr/local/cuda";
constexpr const char* kLibraryFolders[] = {
    "usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib64", "usr/lib",
    "usr/local/cuda/lib64",     "usr/local/cuda/lib"};
constexpr const char* kHeaderFolders[] = {"usr/include", "usr/local/cuda/include",
                                          "usr/include/x86_64-linux-gnu"};

bool number_with_dots(const std::string& word) {
  return word.find('.') != std::string::npos &&
         std::all_of(word.begin(), word.end(),
                     [](unsigned char c) { return std::isdigit(c) || c == '.'; });
}

// "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu ...": its first number with
// dots.
std::string driver_version(const fs::path& root) {
  std::istringstream words(first_line_of(root / "proc/driver/nvidia/version"));
  for (std::string word; words >> word;) {
    if (number_with_dots(word)) return word;
  }
  return "";
}

std::vector<std::string> gpu_models(const fs::path& root) {
  std::vector<std::string> folders, models;
  std::error_code error;
  for (fs::directory_iterator at(root / "proc/driver/nvidia/gpus", error), end; !error && at != end;
       at.increment(error)) {
    folders.push_back(at->path().string());
  }
  std::sort(folders.begin(), folders.end());  // by bus address
  for (const std::string& folder : folders) {
    std::istringstream lines(text_of(fs::path(folder) / "information"));
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("Model:")) continue;
      size_t value = line.find_first_not_of(" \t", 6);
      models.push_back(value == std::string::npos ? "unknown" : line.substr(value));
    }
  }
  return models;
}

// The number in `#define NAME NUMBER` of a header, or -1.
int defined_number(const std::string& header, const std::string& name) {
  std::istringstream lines(header);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string define, word;
    int number = 0;
    if (words >> define >> word >> number && define == "#define" && word == name) return number;
  }
  return -1;
}

// The value of the first "version" after "cuda" in version.json; from cuda.h where there is none.
std::string toolkit_version(const fs::path& root) {
  std::string json = text_of(root / kToolkit / "version.json");
  size_t at = json.find("\"cuda\"");
  if (at != std::string::npos) at = json.find("\"version\"", at);
  if (at != std::string::npos) at = json.find('"', json.find(':', at));
  if (at != std::string::npos) return json.substr(at + 1, json.find('"', at + 1) - at - 1);
  int number = defined_number(text_of(root / kToolkit / "include/cuda.h"), "CUDA_VERSION");
  if (number < 1000) return "";
  return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

// The longest name of a library in the usual folders: libcudnn.so.9.1.0 rather than libcudnn.so.
std::string library_file(const fs::path& root, const std::string& stem) {
  std::string best;
  for (const char* folder : kLibraryFolders) {
    std::error_code error;
    for (fs::directory_iterator at(root / folder, error), end; !error && at != end;
         at.increment(error)) {
      if (!at->path().filename().string().starts_with(stem)) continue;
      std::error_code dangling;
      fs::path file = fs::canonical(at->path(), dangling);
      std::string name = (dangling ? at->path() : file).filename().string();
      if (name.starts_with(stem) && name.size() > best.size()) best = name;
    }
  }
  return best;
}

std::string cudnn_version(const fs::path& root) {
  std::string file = library_file(root, "libcudnn.so.");
  std::string of_file = file.empty() ? "" : file.substr(std::string("libcudnn.so.").size());
  if (number_with_dots(of_file)) return of_file;
  for (const char* folder : kHeaderFolders) {
    std::string header = text_of(root / folder / "cudnn_version.h");
    int major = defined_number(header, "CUDNN_MAJOR");
    if (major < 0) continue;
    return std::to_string(major) + "." + std::to_string(defined_number(header, "CUDNN_MINOR")) +
           "." + std::to_string(defined_number(header, "CUDNN_PATCHLEVEL"));
  }
  return of_file;  // "9": all that a wheel's file name says
}

}  // namespace

void add_device_facts(Manifest& manifest, const fs::path& root) {
  std::vector<std::string> models = gpu_models(root);
  manifest["gpu.count"] = std::to_string(models.size());
  for (size_t i = 0; i < models.size(); ++i) {
    manifest["gpu." + std::to_string(i) + ".model"] = models[i];
  }
  manifest["gpu.driver"] = or_absent(driver_version(root));
  manifest["cuda.driver_library"] = or_absent(library_file(root, "libcuda.so."));
  manifest["cuda.toolkit"] = or_absent(toolkit_version(root));
  manifest["cudnn.version"] = or_absent(cudnn_version(root));
}

}  // namespace detaudit::auditor
