#include "auditor/launch/elf_file.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <unordered_set>

namespace detaudit::auditor {
namespace {

constexpr size_t kMostSections = 4096;
constexpr size_t kMostSegments = 256;
constexpr size_t kMostNotes = size_t{64} << 10;
constexpr size_t kMostNames = size_t{1} << 20;

// The `index`th Record of a table read as bytes; nothing beyond its end.
template <typename Record>
std::optional<Record> record_at(const std::string& table, size_t index) {
  Record record;
  if ((index + 1) * sizeof record > table.size()) return std::nullopt;
  std::memcpy(&record, table.data() + index * sizeof record, sizeof record);
  return record;
}

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (unsigned char byte : bytes) text += {kDigits[byte >> 4], kDigits[byte & 15]};
  return text;
}

size_t padded(size_t bytes) { return (bytes + 3) & ~size_t{3}; }

}  // namespace

std::optional<ElfFile> ElfFile::open(const std::filesystem::path& path) {
  // Not to wait for a pipe's other end.
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return std::nullopt;
  struct stat status {};
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  ElfFile elf(std::move(file), static_cast<uint64_t>(status.st_size));
  if (!elf.read_headers()) return std::nullopt;
  return elf;
}

bool ElfFile::read_headers() {
  auto header = record_at<Elf64_Ehdr>(bytes_at(0, sizeof(Elf64_Ehdr), sizeof(Elf64_Ehdr)), 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB) {
    return false;
  }
  if (header->e_shentsize == sizeof(Elf64_Shdr)) {
    sections_offset_ = header->e_shoff;
    sections_ = header->e_shnum;
    section_names_ = header->e_shstrndx;
  }
  if (header->e_phentsize != sizeof(Elf64_Phdr)) return true;
  std::string table = bytes_at(header->e_phoff, uint64_t{header->e_phnum} * sizeof(Elf64_Phdr),
                               kMostSegments * sizeof(Elf64_Phdr));
  for (size_t i = 0; auto segment = record_at<Elf64_Phdr>(table, i); ++i) {
    if (segment->p_type == PT_NOTE) read_notes(segment->p_offset, segment->p_filesz);
    if (segment->p_type == PT_INTERP) {
      std::string text = bytes_at(segment->p_offset, segment->p_filesz, 4096);
      interpreter_ = text.substr(0, text.find('\0'));
    }
  }
  return true;
}

void ElfFile::read_notes(uint64_t offset, uint64_t bytes) {
  std::string_view notes;
  std::string held = bytes_at(offset, bytes, kMostNotes);
  notes = held;
  while (notes.size() >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr note;
    std::memcpy(&note, notes.data(), sizeof note);
    notes.remove_prefix(sizeof note);
    size_t name = padded(note.n_namesz);
    if (name > notes.size() || note.n_descsz > notes.size() - name) return;
    if (note.n_type == NT_GNU_BUILD_ID &&
        notes.substr(0, note.n_namesz) == std::string_view("GNU", 4)) {
      build_id_ = hex(notes.substr(name, std::min<size_t>(note.n_descsz, 64)));
      return;
    }
    notes.remove_prefix(std::min(notes.size(), name + padded(note.n_descsz)));
  }
}

std::string ElfFile::section(std::string_view name, size_t limit) const {
  std::string table = bytes_at(sections_offset_, uint64_t{sections_} * sizeof(Elf64_Shdr),
                               kMostSections * sizeof(Elf64_Shdr));
  auto names_header = record_at<Elf64_Shdr>(table, section_names_);
  if (!names_header) return "";
  std::string names = bytes_at(names_header->sh_offset, names_header->sh_size, kMostNames);
  for (size_t i = 0; auto section = record_at<Elf64_Shdr>(table, i); ++i) {
    if (section->sh_name >= names.size() || section->sh_type == SHT_NOBITS) continue;
    if (names.c_str() + section->sh_name != name) continue;
    if ((section->sh_flags & SHF_COMPRESSED) != 0) return "";
    return bytes_at(section->sh_offset, section->sh_size, limit);
  }
  return "";
}

std::vector<std::string> ElfFile::texts(std::string_view name, size_t limit) const {
  std::vector<std::string> found;
  std::unordered_set<std::string> seen;
  std::string held = section(name, limit);
  for (size_t begin = 0; begin < held.size();) {
    std::string text = held.c_str() + begin;
    begin += text.size() + 1;
    if (!text.empty() && seen.insert(text).second) found.push_back(std::move(text));
  }
  return found;
}

std::string ElfFile::bytes_at(uint64_t offset, uint64_t bytes, size_t limit) const {
  if (offset >= size_) return "";
  std::string data(std::min<uint64_t>({bytes, limit, size_ - offset}), '\0');
  ssize_t got = pread(file_.get(), data.data(), data.size(), static_cast<off_t>(offset));
  data.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return data;
}

}  // namespace detaudit::auditor
