#include "instrument/cubin/elf_image.h"

namespace detaudit::instrument {

std::optional<ElfImage> ElfImage::read(Bytes bytes) {
  ElfImage image;
  const Elf64_Ehdr& header = image.header_;
  if (!read_record(bytes, 0, image.header_) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
    return std::nullopt;
  }
  if (!image.read_sections(bytes)) {
    image.damaged_ = true;
    return image;
  }
  image.read_symbols();
  return image;
}

bool ElfImage::read_sections(Bytes bytes) {
  Elf64_Shdr first;
  if (header_.e_shentsize != sizeof first || !read_record(bytes, header_.e_shoff, first)) {
    return false;
  }
  // Files of more sections than 16 bits can number keep the counts in the first one.
  const uint64_t count = header_.e_shnum != 0 ? header_.e_shnum : first.sh_size;
  const uint32_t names = header_.e_shstrndx != SHN_XINDEX ? header_.e_shstrndx : first.sh_link;
  if (count > bytes.size() / sizeof first) return false;
  Bytes table = slice(bytes, header_.e_shoff, count * sizeof first);
  Elf64_Shdr names_header;
  if (!read_record(table, uint64_t{names} * sizeof first, names_header)) return false;
  Bytes texts = slice(bytes, names_header.sh_offset, names_header.sh_size);
  sections_.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    Elf64_Shdr raw;
    if (!read_record(table, i * sizeof raw, raw)) return false;
    ElfSection section{text_at(texts, raw.sh_name), raw.sh_type, raw.sh_link, raw.sh_info, {}};
    if (holds_bytes(raw.sh_type)) {
      section.bytes = slice(bytes, raw.sh_offset, raw.sh_size);
      section.cut = section.bytes.size() != raw.sh_size;
      damaged_ |= section.cut;
    }
    by_name_.emplace(section.name, i);
    sections_.push_back(section);
  }
  return true;
}

void ElfImage::read_symbols() {
  for (const ElfSection& section : sections_) {
    if (section.type != SHT_SYMTAB) continue;
    Bytes names = section.link < sections_.size() ? sections_[section.link].bytes : Bytes{};
    const size_t count = section.bytes.size() / sizeof(Elf64_Sym);
    symbols_.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      Elf64_Sym raw;
      if (!read_record(section.bytes, i * sizeof raw, raw)) return;
      const bool here = raw.st_shndx < SHN_LORESERVE && raw.st_shndx < sections_.size();
      symbols_.push_back({text_at(names, raw.st_name), here ? raw.st_shndx : 0u, raw.st_value,
                          static_cast<uint8_t>(ELF64_ST_TYPE(raw.st_info)), raw.st_other});
    }
    return;
  }
}

const ElfSection* ElfImage::find(std::string_view name) const {
  auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &sections_[found->second];
}

bool holds_bytes(uint32_t section_type) {
  switch (section_type) {
    case SHT_NULL:
    case SHT_NOBITS:
    case 0x70000007:  // global memory, zeroed
    case 0x70000009:  // local memory
    case 0x7000000a:  // shared memory
    case 0x70000015:  // shared memory, reserved
      return false;
    default:
      return true;
  }
}

std::vector<ElfRelocation> relocations(const ElfSection& section) {
  std::vector<ElfRelocation> found;
  const bool with_addend = section.type == SHT_RELA;
  if (!with_addend && section.type != SHT_REL) return found;
  const size_t size = with_addend ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel);
  found.reserve(section.bytes.size() / size);
  for (size_t at = 0; at + size <= section.bytes.size(); at += size) {
    Elf64_Rela raw{};
    std::memcpy(&raw, section.bytes.data() + at, size);
    found.push_back({raw.r_offset, static_cast<uint32_t>(ELF64_R_SYM(raw.r_info)), raw.r_addend});
  }
  return found;
}

}  // namespace detaudit::instrument
