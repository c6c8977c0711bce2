#pragma once

#include <filesystem>

#include "auditor/launch/file_descriptor.h"
#include "instrument/cubin/byte_source.h"

namespace detaudit::auditor {

// A file as bytes, read where asked: a file cut short meanwhile gives less, never a signal.
class FileSource final : public instrument::ByteSource {
 public:
  // Throws DET902 for what cannot be read.
  explicit FileSource(const std::filesystem::path& path);

  uint64_t size() const override { return size_; }
  bool read(uint64_t offset, std::span<std::byte> into) const override;

 private:
  FileDescriptor file_;
  uint64_t size_ = 0;
};

}  // namespace detaudit::auditor
