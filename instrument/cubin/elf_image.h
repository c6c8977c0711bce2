#pragma once

#include <elf.h>

#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "instrument/cubin/bytes.h"

namespace detaudit::instrument {

struct ElfSection {
  std::string_view name;
  uint32_t type = 0;
  uint32_t link = 0;
  uint32_t info = 0;
  Bytes bytes;       // empty for a section without any, or one that ends beyond the file
  bool cut = false;  // it ends beyond the file
};

struct ElfSymbol {
  std::string_view name;
  uint32_t section = 0;  // 0: defined elsewhere
  uint64_t value = 0;
  uint8_t type = 0;   // STT_FUNC, ...
  uint8_t other = 0;  // 0x10: a kernel
};

struct ElfRelocation {
  uint64_t offset = 0;
  uint32_t symbol = 0;
  int64_t addend = 0;
};

// A 64-bit little-endian ELF image in memory, as far as it can be trusted. Views the bytes it was
// given; never reads beyond them. Sections and symbols keep their numbers.
class ElfImage {
 public:
  static std::optional<ElfImage> read(Bytes bytes);

  const Elf64_Ehdr& header() const { return header_; }
  const std::vector<ElfSection>& sections() const { return sections_; }
  const std::vector<ElfSymbol>& symbols() const { return symbols_; }
  const ElfSection* find(std::string_view name) const;  // null when there is none
  bool damaged() const { return damaged_; }             // some table or section is not all there

 private:
  bool read_sections(Bytes bytes);
  void read_symbols();

  Elf64_Ehdr header_{};
  std::vector<ElfSection> sections_;
  std::vector<ElfSymbol> symbols_;
  std::unordered_map<std::string_view, size_t> by_name_;
  bool damaged_ = false;
};

// False for a section that only says how much memory to set aside, NVIDIA's own among them.
bool holds_bytes(uint32_t section_type);

// The relocations that a section of type SHT_REL or SHT_RELA holds.
std::vector<ElfRelocation> relocations(const ElfSection& section);

}  // namespace detaudit::instrument
