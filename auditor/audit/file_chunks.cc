#include "auditor/audit/file_chunks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "auditor/experiments/arms.h"
#include "auditor/launch/file_descriptor.h"
#include "auditor/launch/interruption.h"

namespace detaudit::auditor {
namespace {

constexpr uint64_t kChunk = kernels::kDigestChunkBytes;

const kernels::Digest& digest_of_zeros() {
  static const kernels::Digest digest = [] {
    const std::vector<char> zeros(kChunk);
    return kernels::digest(zeros.data(), zeros.size());
  }();
  return digest;
}

class ChunkReader {
 public:
  ChunkReader(int file, const ChunkSink& sink) : file_(file), sink_(sink), buffer_(kChunk) {}

  bool read() {
    do {
      const uint64_t chunks = hole_chunks();
      if (chunks > 0 && !sink_.hole(index_, chunks)) return true;
      index_ += chunks;
    } while (read_data());
    return ok_;
  }

 private:
  // Whole chunks that lie in a hole from here on.
  uint64_t hole_chunks() const {
    const auto here = static_cast<off_t>(index_ * kChunk);
    off_t data = lseek(file_, here, SEEK_DATA);
    if (data < 0 && errno == ENXIO) {
      struct stat status {};
      data = fstat(file_, &status) == 0 ? status.st_size : here;
    }
    return data <= here ? 0 : static_cast<uint64_t>(data - here) / kChunk;
  }

  // Up to the next hole. False at the end of the file, when stopped, or when it cannot be read.
  bool read_data() {
    const off_t hole = lseek(file_, static_cast<off_t>(index_ * kChunk), SEEK_HOLE);
    do {
      if (interruption_.requests() > 0) throw Interrupted{};
      const size_t bytes = fill();
      if (!ok_ || (bytes == 0 && index_ > 0)) return false;
      if (!sink_.data(index_++, buffer_.data(), bytes) || bytes < kChunk) return false;
    } while (hole < 0 || static_cast<off_t>(index_ * kChunk) < hole);
    return true;
  }

  size_t fill() {
    size_t done = 0;
    while (done < kChunk) {
      const ssize_t got = pread(file_, buffer_.data() + done, kChunk - done,
                                static_cast<off_t>(index_ * kChunk + done));
      if (got < 0 && errno == EINTR) continue;
      ok_ &= got >= 0;
      if (got <= 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

  const int file_;
  const ChunkSink& sink_;
  std::vector<char> buffer_;
  const InterruptionWatch interruption_;
  uint64_t index_ = 0;
  bool ok_ = true;
};

}  // namespace

bool read_chunks(const std::filesystem::path& path, const ChunkSink& sink) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  return file.valid() && ChunkReader(file.get(), sink).read();
}

void RecordedChunks::add(uint64_t index, const kernels::Digest& digest) {
  if (digest == digest_of_zeros()) return add_zeros(index, 1);
  finish();
  record_(index, digest);
}

void RecordedChunks::add_zeros(uint64_t index, uint64_t chunks) {
  if (zeros_ == 0) zeros_from_ = index;
  zeros_ += chunks;
}

void RecordedChunks::finish() {
  if (zeros_ >= kFewestZeroChunks) {
    record_(zeros_from_,
            kernels::combine_ordered(std::array{digest_of_zeros(), kernels::Digest{zeros_, 2}}));
  } else {
    for (uint64_t i = 0; i < zeros_; ++i) record_(zeros_from_ + i, digest_of_zeros());
  }
  zeros_ = 0;
}

}  // namespace detaudit::auditor
