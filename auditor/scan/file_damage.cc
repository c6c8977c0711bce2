#include "auditor/scan/file_damage.h"

#include <ar.h>
#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>
#include <vector>

#include "instrument/cubin/elf_image.h"

namespace detaudit::auditor {
namespace {

using instrument::ByteSource;

constexpr std::string_view kThinArchive = "!<thin>\n";
constexpr std::string_view kFatbin = "\x50\xed\x55\xba";
constexpr uint64_t kFatbinHeader = 16;  // bytes, of one without any image
constexpr uint64_t kMostSections = uint64_t{1} << 20;

// Some of a file, as a file.
class Part final : public ByteSource {
 public:
  Part(const ByteSource& whole, uint64_t begin, uint64_t size)
      : whole_(whole), begin_(begin), size_(size) {}
  uint64_t size() const override { return size_; }
  bool read(uint64_t offset, std::span<std::byte> into) const override {
    if (offset > size_ || into.size() > size_ - offset) return false;
    return whole_.read(begin_ + offset, into);
  }

 private:
  const ByteSource& whole_;
  uint64_t begin_, size_;
};

template <typename Record>
bool read_from(const ByteSource& source, uint64_t offset, Record& record) {
  return source.read(offset, std::as_writable_bytes(std::span(&record, 1)));
}

bool begins_with(const ByteSource& source, std::string_view magic) {
  std::vector<char> head(std::min<uint64_t>(source.size(), magic.size()));
  return source.read(0, std::as_writable_bytes(std::span(head))) &&
         std::string_view(head.data(), head.size()) == magic;
}

bool is_within(const ByteSource& source, uint64_t offset, uint64_t bytes) {
  return offset <= source.size() && bytes <= source.size() - offset;
}

// What a file without sections is loaded by.
std::optional<std::string> segment_damage(const ByteSource& source, const Elf64_Ehdr& header) {
  for (uint64_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    if (!read_from(source, header.e_phoff + i * sizeof segment, segment)) break;
    if (!is_within(source, segment.p_offset, segment.p_filesz)) {
      return "an ELF file that is cut short: what it is loaded from ends beyond it";
    }
  }
  return std::nullopt;
}

std::optional<std::string> elf_damage(const ByteSource& source) {
  Elf64_Ehdr header{};
  if (!source.read(0, std::as_writable_bytes(std::span(header.e_ident)))) {
    return "an ELF file that is cut short: its header is not all there";
  }
  // No GPU code was ever for hosts of other kinds.
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) return {};
  if (!read_from(source, 0, header)) {
    return "an ELF file that is cut short: its header is not all there";
  }
  const uint64_t segments = uint64_t{header.e_phnum} * sizeof(Elf64_Phdr);
  if (header.e_phnum != 0 && !is_within(source, header.e_phoff, segments)) {
    return "an ELF file that is damaged or cut short: its table of segments ends beyond it";
  }
  if (header.e_shoff == 0) return segment_damage(source, header);
  Elf64_Shdr first{};
  const bool any = header.e_shentsize == sizeof first && read_from(source, header.e_shoff, first);
  const uint64_t count = header.e_shnum != 0 ? header.e_shnum : first.sh_size;
  if (!any || count > kMostSections ||
      !is_within(source, header.e_shoff, count * sizeof(Elf64_Shdr))) {
    return "an ELF file that is damaged or cut short: its table of sections ends beyond it";
  }
  std::vector<Elf64_Shdr> sections(count);
  if (!source.read(header.e_shoff, std::as_writable_bytes(std::span(sections)))) return {};
  const auto beyond =
      std::count_if(sections.begin(), sections.end(), [&](const Elf64_Shdr& section) {
        return instrument::holds_bytes(section.sh_type) &&
               !is_within(source, section.sh_offset, section.sh_size);
      });
  if (beyond == 0) return std::nullopt;
  return fmt::format(
      "an ELF file that is damaged or cut short: {} of its {} sections end beyond it", beyond,
      count);
}

std::optional<uint64_t> decimal(std::string_view text) {
  text = text.substr(0, text.find(' '));
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::string> archive_damage(const ByteSource& source) {
  uint64_t members = 0, damaged = 0;
  std::string first;
  for (uint64_t at = SARMAG; at < source.size(); ++members) {
    ar_hdr header;
    if (!read_from(source, at, header)) {
      return fmt::format("an archive that is cut short after {} members", members);
    }
    const auto bytes = decimal({header.ar_size, sizeof header.ar_size});
    if (std::string_view(header.ar_fmag, sizeof header.ar_fmag) != ARFMAG || !bytes) {
      return fmt::format("an archive that is damaged after {} members", members);
    }
    at += sizeof header;
    if (!is_within(source, at, *bytes)) {
      return fmt::format("an archive that is cut short: its member {} ends beyond it", members + 1);
    }
    const Part member(source, at, *bytes);
    const auto damage = begins_with(member, ELFMAG) ? elf_damage(member) : std::nullopt;
    if (damage && damaged++ == 0) first = *damage;
    at += *bytes + *bytes % 2;
  }
  if (damaged == 0) return std::nullopt;
  return fmt::format("an archive with {} damaged members: {}", damaged, first);
}

}  // namespace

std::optional<std::string> damage_of(const ByteSource& source) {
  if (begins_with(source, ELFMAG)) return elf_damage(source);
  if (begins_with(source, ARMAG)) return archive_damage(source);
  if (begins_with(source, kThinArchive)) {
    return "a thin archive, which names its members and holds none of them";
  }
  if (begins_with(source, kFatbin) && source.size() < kFatbinHeader) {
    return "a fatbin that is cut short: its header is not all there";
  }
  return std::nullopt;
}

}  // namespace detaudit::auditor
