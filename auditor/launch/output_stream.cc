#include "auditor/launch/output_stream.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace detaudit::auditor {
namespace {

constexpr size_t kTailBytes = 4096;
constexpr size_t kReadsPerTurn = 64;  // then the other stream and the clock have their turn

}  // namespace

OutputStream::OutputStream(FileDescriptor pipe, const std::filesystem::path& file,
                           uint64_t keep_bytes)
    : pipe_(std::move(pipe)),
      file_(open64(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)),
      keep_left_(keep_bytes),
      chunk_(new unsigned char[kernels::kDigestChunkBytes]) {
  if (!file_.valid()) keep_failure_ = file.string() + ": " + std::strerror(errno);
}

void OutputStream::read_available() {
  for (size_t i = 0; i < kReadsPerTurn && open(); ++i) {
    unsigned char* free_space = chunk_.get() + filled_;
    ssize_t got = read(pipe_.get(), free_space, kernels::kDigestChunkBytes - filled_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      pipe_.reset();
      return;
    }
    keep(free_space, static_cast<size_t>(got));
    bytes_ += static_cast<uint64_t>(got);
    filled_ += static_cast<size_t>(got);
    if (filled_ == kernels::kDigestChunkBytes) close_chunk();
  }
}

void OutputStream::finish() {
  pipe_.reset();
  file_.reset();
  if (filled_ > 0) close_chunk();
}

std::string OutputStream::tail() const {
  size_t here = std::min(filled_, kTailBytes);
  size_t before = std::min(previous_tail_.size(), kTailBytes - here);
  std::string text = previous_tail_.substr(previous_tail_.size() - before);
  text.append(reinterpret_cast<const char*>(chunk_.get()) + filled_ - here, here);
  return text;
}

void OutputStream::keep(const unsigned char* data, size_t bytes) {
  bytes = static_cast<size_t>(std::min<uint64_t>(bytes, keep_left_));
  while (bytes > 0 && file_.valid()) {
    ssize_t written = write(file_.get(), data, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      keep_failure_ = std::strerror(errno);
      file_.reset();
      return;
    }
    data += written;
    bytes -= static_cast<size_t>(written);
    keep_left_ -= static_cast<uint64_t>(written);
  }
}

void OutputStream::close_chunk() {
  chunks_.push_back(kernels::digest(chunk_.get(), filled_));
  previous_tail_ = tail();
  filled_ = 0;
}

}  // namespace detaudit::auditor
