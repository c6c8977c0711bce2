#include "instrument/cubin/host_code.h"

#include <elf.h>

#include <cstring>
#include <span>

namespace detaudit::instrument {
namespace {

bool is_host_elf(const Elf64_Ehdr& header) {
  return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
         header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_ident[EI_DATA] == ELFDATA2LSB &&
         (header.e_machine == EM_X86_64 || header.e_machine == EM_AARCH64) &&
         header.e_shentsize == sizeof(Elf64_Shdr);
}

}  // namespace

std::vector<FileRange> host_code(const ByteSource& source) {
  std::vector<FileRange> found;
  Elf64_Ehdr header;
  if (!source.read(0, std::as_writable_bytes(std::span(&header, 1))) || !is_host_elf(header))
    return found;
  std::vector<Elf64_Shdr> sections(header.e_shnum);
  if (!source.read(header.e_shoff, std::as_writable_bytes(std::span(sections)))) return found;
  for (const Elf64_Shdr& section : sections)
    if (section.sh_type == SHT_PROGBITS && (section.sh_flags & SHF_EXECINSTR) &&
        section.sh_size <= source.size() && section.sh_offset <= source.size() - section.sh_size)
      found.push_back({section.sh_offset, section.sh_offset + section.sh_size});
  return found;
}

}  // namespace detaudit::instrument
