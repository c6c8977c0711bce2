#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auditor/launch/file_descriptor.h"

namespace detaudit::auditor {

// What a 64-bit little-endian ELF file says about itself. Reads only what is asked for; a damaged
// or hostile file gives less, never a crash: every offset is checked, every size bounded.
class ElfFile {
 public:
  static std::optional<ElfFile> open(const std::filesystem::path& path);

  const std::string& interpreter() const { return interpreter_; }  // "" when statically linked
  const std::string& build_id() const { return build_id_; }        // hex, "" when it has none
  // The bytes of a section, at most `limit`; "" when it is not there or compressed.
  std::string section(std::string_view name, size_t limit) const;
  // The distinct texts of a section of zero-terminated ones, in order.
  std::vector<std::string> texts(std::string_view name, size_t limit) const;

 private:
  ElfFile(FileDescriptor file, uint64_t size) : file_(std::move(file)), size_(size) {}
  bool read_headers();
  void read_notes(uint64_t offset, uint64_t bytes);
  std::string bytes_at(uint64_t offset, uint64_t bytes, size_t limit) const;

  FileDescriptor file_;
  uint64_t size_;
  uint64_t sections_offset_ = 0;
  uint16_t sections_ = 0, section_names_ = 0;
  std::string interpreter_, build_id_;
};

}  // namespace detaudit::auditor
