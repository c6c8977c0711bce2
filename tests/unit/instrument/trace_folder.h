#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace detaudit::instrument {

// A fresh folder for one test. Removed when the test passed; kept, and named, when it failed.
class TraceFolder {
 public:
  TraceFolder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "detaudit-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TraceFolder() {
    if (testing::Test::HasFailure())
      std::printf("kept: %s\n", path_.c_str());
    else
      std::filesystem::remove_all(path_);
  }
  const std::filesystem::path& path() const { return path_; }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::remove(path);  // replacing in place makes some file systems flush
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace detaudit::instrument
