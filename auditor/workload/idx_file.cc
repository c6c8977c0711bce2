#include "auditor/workload/idx_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "reports/diagnostic.h"

namespace detaudit::workload {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kImageMagic = 0x00000803;  // unsigned bytes, three dimensions
constexpr uint32_t kLabelMagic = 0x00000801;
constexpr uint16_t kGzipMagic = 0x1f8b;
constexpr uint32_t kLeastSide = 8, kMostSide = 64;
constexpr uint64_t kMostImages = 10'000'000;

reports::DiagnosticError bad_file(const fs::path& path, const std::string& what, std::string help) {
  return reports::usage_error("DET902", "`" + path.string() + "` " + what, std::move(help));
}

// One IDX file being read: what it promises in its header must be exactly what it holds.
class IdxFile {
 public:
  explicit IdxFile(const fs::path& path) : path_(path) {
    std::error_code error;
    if (!fs::exists(path, error))
      throw bad_file(path, "does not exist",
                     "give --data a folder that holds the four MNIST-format files, unpacked");
    if (!fs::is_regular_file(path, error))
      throw bad_file(path, "is not a file", "put an MNIST-format IDX file there");
    size_ = fs::file_size(path, error);
    stream_.open(path, std::ios::binary);
    if (!stream_)
      throw bad_file(path, std::string("cannot be read: ") + std::strerror(errno),
                     "check its permissions");
  }

  void expect_magic(uint32_t magic) {
    const uint32_t found = word();
    if (found == magic) return;
    if (found >> 16 == kGzipMagic)
      throw bad_file(path_, "is packed with gzip", "unpack it: gunzip " + path_.string());
    throw bad_file(path_, "is not an IDX file of the expected kind",
                   "its first four bytes must be " + std::to_string(magic) +
                       " (big-endian); found " + std::to_string(found));
  }

  uint32_t word() {
    std::array<unsigned char, 4> bytes;
    read(bytes.data(), bytes.size());
    return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
  }

  void expect_payload(uint64_t header_bytes, uint64_t payload_bytes) {
    const uint64_t whole = header_bytes + payload_bytes;
    if (size_ == whole) return;
    throw bad_file(path_,
                   (size_ < whole ? "is truncated: " : "is longer than its header says: ") +
                       std::to_string(size_) + " bytes instead of " + std::to_string(whole),
                   "copy or unpack it again");
  }

  void read(void* data, size_t bytes) {
    stream_.read(static_cast<char*>(data), static_cast<std::streamsize>(bytes));
    if (stream_.gcount() != static_cast<std::streamsize>(bytes))
      throw bad_file(path_, "is truncated: it ends after " + std::to_string(size_) + " bytes",
                     "copy or unpack it again");
  }

 private:
  fs::path path_;
  std::ifstream stream_;
  uint64_t size_ = 0;
};

void read_images(const fs::path& path, ImageSet& set) {
  IdxFile file(path);
  file.expect_magic(kImageMagic);
  const uint64_t count = file.word();
  const uint32_t height = file.word(), width = file.word();
  if (height < kLeastSide || height > kMostSide || width < kLeastSide || width > kMostSide)
    throw bad_file(path, "holds images of " + std::to_string(height) + "x" + std::to_string(width),
                   "the convnet takes 8x8 to 64x64 pixels: scale them first");
  if (count == 0 || count > kMostImages)
    throw bad_file(path, "holds " + std::to_string(count) + " images",
                   "give it 1 to " + std::to_string(kMostImages));
  file.expect_payload(16, count * height * width);
  set.height = height;
  set.width = width;
  set.pixels.resize(count * height * width);
  file.read(set.pixels.data(), set.pixels.size());
}

void read_labels(const fs::path& path, const fs::path& images, ImageSet& set) {
  IdxFile file(path);
  file.expect_magic(kLabelMagic);
  const uint64_t count = file.word();
  file.expect_payload(8, count);
  if (count * set.plane() != set.pixels.size())
    throw bad_file(path,
                   "holds " + std::to_string(count) + " labels for " +
                       std::to_string(set.pixels.size() / set.plane()) + " images",
                   "use it with the images it belongs to, not `" + images.string() + "`");
  set.labels.resize(count);
  file.read(set.labels.data(), set.labels.size());
  for (size_t i = 0; i < set.labels.size(); ++i)
    if (set.labels[i] >= kClasses)
      throw bad_file(
          path,
          "holds label " + std::to_string(set.labels[i]) + " (image " + std::to_string(i) + ")",
          "labels must be 0 to 9");
}

ImageSet read_set(const fs::path& folder, const std::string& prefix) {
  ImageSet set;
  const fs::path images = folder / (prefix + "-images-idx3-ubyte");
  read_images(images, set);
  read_labels(folder / (prefix + "-labels-idx1-ubyte"), images, set);
  return set;
}

}  // namespace

ImageData read_idx_folder(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw bad_file(folder, fs::exists(folder, error) ? "is not a folder" : "does not exist",
                   "give --data a folder that holds the four MNIST-format files, unpacked");
  ImageData data{read_set(folder, "train"), read_set(folder, "t10k")};
  if (data.train.height != data.test.height || data.train.width != data.test.width)
    throw bad_file(folder, "holds training and test images of different sizes",
                   "use two sets of one size");
  return data;
}

}  // namespace detaudit::workload
