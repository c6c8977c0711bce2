#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "auditor/workload/idx_file.h"
#include "reports/diagnostic.h"

namespace detaudit::workload {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string word(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string images_file(uint32_t count, uint32_t height, uint32_t width) {
  std::string text = word(0x803) + word(count) + word(height) + word(width);
  for (uint32_t i = 0; i < count * height * width; ++i) text += static_cast<char>(i * 7);
  return text;
}

std::string labels_file(uint32_t count) {
  std::string text = word(0x801) + word(count);
  for (uint32_t i = 0; i < count; ++i) text += static_cast<char>(i % 10);
  return text;
}

class IdxFolder : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("workload_idx_" + std::to_string(getpid()));
    fs::create_directories(folder_);
    write("train-images-idx3-ubyte", images_file(12, 9, 11));
    write("train-labels-idx1-ubyte", labels_file(12));
    write("t10k-images-idx3-ubyte", images_file(4, 9, 11));
    write("t10k-labels-idx1-ubyte", labels_file(4));
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  // The one error that reading gives.
  reports::Diagnostic refusal() {
    try {
      read_idx_folder(folder_);
    } catch (const reports::DiagnosticError& error) {
      EXPECT_EQ(error.exit_code(), reports::ExitCode::kUsage);
      EXPECT_FALSE(error.diagnostic().helps.empty());
      return error.diagnostic();
    }
    ADD_FAILURE() << "accepted";
    return {};
  }

  fs::path folder_;
};

TEST_F(IdxFolder, IsReadWhole) {
  const ImageData data = read_idx_folder(folder_);
  EXPECT_EQ(data.train.size(), 12u);
  EXPECT_EQ(data.test.size(), 4u);
  EXPECT_EQ(data.train.height, 9u);
  EXPECT_EQ(data.train.width, 11u);
  EXPECT_EQ(data.train.labels[11], 1);
  EXPECT_EQ(data.train.pixels[100], static_cast<uint8_t>(700));
}

TEST_F(IdxFolder, AnyTruncationIsNoticed) {
  for (const std::string& whole : {images_file(12, 9, 11), labels_file(12)}) {
    const bool labels = whole.size() < 100;
    const char* name = labels ? "train-labels-idx1-ubyte" : "train-images-idx3-ubyte";
    for (size_t size : {size_t{0}, size_t{3}, size_t{7}, size_t{8}, whole.size() - 1}) {
      write(name, whole.substr(0, size));
      const reports::Diagnostic diagnostic = refusal();
      EXPECT_THAT(diagnostic.message, HasSubstr(name));
      EXPECT_THAT(diagnostic.message, HasSubstr("truncated")) << size;
    }
    write(name, whole);
  }
}

TEST_F(IdxFolder, ForeignFilesAreNamed) {
  write("train-images-idx3-ubyte", "\x1f\x8b\x08 packed bytes");
  EXPECT_THAT(refusal().helps[0], HasSubstr("gunzip"));
  write("train-images-idx3-ubyte", labels_file(12));
  EXPECT_THAT(refusal().message, HasSubstr("not an IDX file of the expected kind"));
  write("train-images-idx3-ubyte", images_file(12, 9, 11) + "x");
  EXPECT_THAT(refusal().message, HasSubstr("longer than its header says"));
}

TEST_F(IdxFolder, SizesAndCountsMustFit) {
  write("train-images-idx3-ubyte", images_file(12, 4, 11));
  EXPECT_THAT(refusal().message, HasSubstr("4x11"));
  write("train-images-idx3-ubyte", images_file(11, 9, 11));
  EXPECT_THAT(refusal().message, HasSubstr("12 labels for 11 images"));
  write("train-images-idx3-ubyte", images_file(12, 9, 11));
  write("t10k-images-idx3-ubyte", images_file(4, 11, 9));
  EXPECT_THAT(refusal().message, HasSubstr("different sizes"));
  write("t10k-images-idx3-ubyte", images_file(0, 9, 11));
  EXPECT_THAT(refusal().message, HasSubstr("0 images"));
}

TEST_F(IdxFolder, LabelsAreDigits) {
  std::string labels = labels_file(12);
  labels[8 + 5] = 10;
  write("train-labels-idx1-ubyte", labels);
  EXPECT_THAT(refusal().message, HasSubstr("label 10 (image 5)"));
}

TEST_F(IdxFolder, MissingFilesAreNamed) {
  fs::remove(folder_ / "t10k-labels-idx1-ubyte");
  EXPECT_THAT(refusal().message, HasSubstr("t10k-labels-idx1-ubyte` does not exist"));
  fs::remove_all(folder_);
  EXPECT_THAT(refusal().message, HasSubstr("does not exist"));
}

}  // namespace
}  // namespace detaudit::workload
