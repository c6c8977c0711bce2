#pragma once

#include <algorithm>

#include "instrument/cubin/bytes.h"

namespace detaudit::instrument {

// Where bytes come from: a file, or memory. Several threads may read at once.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual uint64_t size() const = 0;
  // Fills all of `into`, or returns false.
  virtual bool read(uint64_t offset, std::span<std::byte> into) const = 0;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(Bytes bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  bool read(uint64_t offset, std::span<std::byte> into) const override {
    if (offset > bytes_.size() || into.size() > bytes_.size() - offset) return false;
    std::copy_n(bytes_.begin() + static_cast<ptrdiff_t>(offset), into.size(), into.begin());
    return true;
  }

 private:
  Bytes bytes_;
};

}  // namespace detaudit::instrument
