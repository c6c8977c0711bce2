#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace detaudit::instrument {

// Bytes of a file that may be damaged or hostile: nothing here reads beyond their end.
using Bytes = std::span<const std::byte>;

// `size` bytes from `offset`; empty when they are not all there.
inline Bytes slice(Bytes bytes, uint64_t offset, uint64_t size) {
  if (offset > bytes.size() || size > bytes.size() - offset) return {};
  return bytes.subspan(offset, size);
}

// The Record at `offset`, which needs no alignment; false when it is not all there.
template <typename Record>
bool read_record(Bytes bytes, uint64_t offset, Record& record) {
  static_assert(std::is_trivially_copyable_v<Record>);
  Bytes found = slice(bytes, offset, sizeof record);
  if (found.size() != sizeof record) return false;
  std::memcpy(&record, found.data(), sizeof record);
  return true;
}

// The zero-terminated text at `offset`; empty when it has no end.
inline std::string_view text_at(Bytes bytes, uint64_t offset) {
  if (offset >= bytes.size()) return {};
  const char* begin = reinterpret_cast<const char*>(bytes.data()) + offset;
  const void* end = std::memchr(begin, 0, bytes.size() - offset);
  if (!end) return {};
  return {begin, static_cast<size_t>(static_cast<const char*>(end) - begin)};
}

}  // namespace detaudit::instrument
