#include "instrument/recorder/buffer_copies.h"

#include <algorithm>
#include <cstring>

namespace detaudit::instrument {

bool BufferCopies::add(const DeclaredBuffer& buffer) {
  if (buffer.bytes == 0) return true;
  if (!regions_.reserve(count_ + 1)) return false;
  regions_[count_++] = {static_cast<unsigned char*>(buffer.data), buffer.bytes, 0};
  return true;
}

void BufferCopies::merge_overlaps() {
  // detaudit: allow(DET222) regions that begin together are merged
  std::sort(regions_.data(), regions_.data() + count_,
            [](const Region& a, const Region& b) { return a.begin < b.begin; });
  size_t merged = 0;
  bytes_ = 0;
  for (size_t at = 0; at < count_; ++at) {
    const Region next = regions_[at];
    if (merged > 0) {
      Region& last = regions_[merged - 1];
      if (next.begin <= last.begin + last.bytes) {
        unsigned char* end = std::max(last.begin + last.bytes, next.begin + next.bytes);
        bytes_ += static_cast<size_t>(end - last.begin) - last.bytes;
        last.bytes = static_cast<size_t>(end - last.begin);
        continue;
      }
    }
    regions_[merged++] = {next.begin, next.bytes, bytes_};
    bytes_ += next.bytes;
  }
  count_ = merged;
}

bool BufferCopies::cover(std::span<const DeclaredBuffer> inputs,
                         std::span<const DeclaredBuffer> outputs) {
  count_ = 0;
  for (const DeclaredBuffer& buffer : inputs)
    if (!add(buffer)) return false;
  for (const DeclaredBuffer& buffer : outputs)
    if (!add(buffer)) return false;
  merge_overlaps();
  if (bytes_ > kMostBytes) return false;
  for (auto& copy : copies_)
    if (!copy.reserve(bytes_)) return false;
  return true;
}

void BufferCopies::save(Copy copy) {
  for (size_t at = 0; at < count_; ++at)
    std::memcpy(copies_[copy].data() + regions_[at].offset, regions_[at].begin, regions_[at].bytes);
}

void BufferCopies::restore(Copy copy) {
  for (size_t at = 0; at < count_; ++at) {
    const unsigned char* saved = copies_[copy].data() + regions_[at].offset;
    if (std::memcmp(regions_[at].begin, saved, regions_[at].bytes) != 0)
      std::memcpy(regions_[at].begin, saved, regions_[at].bytes);
  }
}

const void* BufferCopies::at(Copy copy, const DeclaredBuffer& buffer) const {
  const auto* data = static_cast<const unsigned char*>(buffer.data);
  for (size_t at = 0; at < count_; ++at) {
    const Region& region = regions_[at];
    if (data >= region.begin && data < region.begin + region.bytes)
      return copies_[copy].data() + region.offset + (data - region.begin);
  }
  return nullptr;
}

void BufferCopies::trim(size_t bytes) {
  for (auto& copy : copies_)
    if (copy.capacity() > bytes) copy.release();
}

}  // namespace detaudit::instrument
