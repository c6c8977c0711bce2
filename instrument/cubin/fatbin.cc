#include "instrument/cubin/fatbin.h"

#include <elf.h>

#include <algorithm>
#include <string_view>

#include "instrument/cubin/cubin.h"
#include "instrument/cubin/elf_image.h"
#include "instrument/cubin/host_code.h"

namespace detaudit::instrument {
namespace {

constexpr std::string_view kFatbinMagic("\x50\xed\x55\xba\x01\x00\x10\x00", 8);
constexpr std::string_view kElfMagic("\x7f\x45\x4c\x46\x02\x01\x01", 7);
constexpr uint64_t kWindow = uint64_t{4} << 20;
constexpr uint64_t kMostSections = uint64_t{1} << 20;

struct ContainerHeader {
  uint32_t magic;
  uint16_t version, header_bytes;
  uint64_t bytes;  // of what follows
};
static_assert(sizeof(ContainerHeader) == 16);

struct EntryHeader {
  uint16_t kind, version;
  uint32_t header_bytes;
  uint64_t padded_bytes;  // of the payload
  uint32_t packed_bytes;  // 0 when it is not compressed
  uint32_t options_offset;
  uint16_t minor, major;
  uint32_t sm;
  uint32_t name_offset, name_bytes;
  uint64_t flags;
  uint64_t reserved;
  uint64_t unpacked_bytes;
};
static_assert(sizeof(EntryHeader) == 64);
constexpr uint64_t kLz4Flag = 0x2000, kZstdFlag = 0x8000;

template <typename Record>
bool read_from(const ByteSource& source, uint64_t offset, Record& record) {
  return source.read(offset, std::as_writable_bytes(std::span(&record, 1)));
}

ImageKind image_kind(uint16_t kind) {
  switch (kind) {
    case 1:
      return ImageKind::kPtx;
    case 2:
      return ImageKind::kCubin;
    case 8:
      return ImageKind::kLtoIr;
    default:
      return ImageKind::kOther;
  }
}

class Search {
 public:
  explicit Search(const ByteSource& source) : source_(source), host_code_(host_code(source)) {}

  GpuImages run() {
    std::vector<std::byte> window;
    for (uint64_t at = 0; at < source_.size();) {
      window.resize(std::min(kWindow, source_.size() - at));
      if (!source_.read(at, window)) {
        found_.unread = true;
        break;
      }
      at = search_window(window, at);
    }
    return std::move(found_);
  }

 private:
  // Returns where the next window starts: the last bytes are seen again, in case they begin one.
  uint64_t search_window(Bytes window, uint64_t base) {
    const std::string_view text(reinterpret_cast<const char*>(window.data()), window.size());
    size_t fatbin = text.find(kFatbinMagic), elf = text.find(kElfMagic);
    for (size_t at = 0;;) {
      while (fatbin < at) fatbin = text.find(kFatbinMagic, at);
      while (elf < at) elf = text.find(kElfMagic, at);
      const size_t next = std::min(fatbin, elf);
      if (next == std::string_view::npos) break;
      const uint64_t end = next == fatbin ? read_container(base + next) : read_elf(base + next);
      if (end >= base + window.size()) return end;
      at = end - base;
    }
    const uint64_t end = base + window.size();
    if (end == source_.size()) return end;
    return end - (kFatbinMagic.size() - 1);
  }

  // Both return where the search goes on.
  uint64_t read_container(uint64_t begin) {
    found_.claimed |= begin == 0;
    ContainerHeader header;
    if (!read_from(source_, begin, header)) return look_alike(begin);
    const uint64_t first = begin + sizeof header;
    const bool cut = header.bytes > source_.size() - first;
    const uint64_t end = cut ? source_.size() : first + header.bytes;
    const size_t before = found_.images.size();
    const bool whole = read_entries(first, end);
    if (found_.images.size() == before) return look_alike(begin);
    found_.cut_containers += cut || !whole;
    return std::max(end, begin + 1);
  }

  // Bytes that only look like a header must not hide what follows them.
  uint64_t look_alike(uint64_t begin) {
    found_.look_alikes += std::none_of(
        host_code_.begin(), host_code_.end(),
        [&](const FileRange& code) { return begin >= code.begin && begin < code.end; });
    return begin + 1;
  }

  bool read_entries(uint64_t at, uint64_t end) {
    while (end - at >= sizeof(EntryHeader)) {
      EntryHeader header;
      if (!read_from(source_, at, header)) return false;
      if (header.version != 0x101 || header.header_bytes < sizeof header) return false;
      if (header.header_bytes > end - at) return false;
      GpuImage image;
      image.kind = image_kind(header.kind);
      image.sm = header.sm;
      image.offset = at + header.header_bytes;
      image.packing = header.flags & kZstdFlag  ? Packing::kZstd
                      : header.flags & kLz4Flag ? Packing::kLz4
                                                : Packing::kPlain;
      const bool plain = image.packing == Packing::kPlain;
      image.stored_bytes = plain ? header.padded_bytes : header.packed_bytes;
      image.unpacked_bytes = plain ? header.padded_bytes : header.unpacked_bytes;
      const uint64_t left = end - image.offset;
      image.cut = image.stored_bytes > left;
      found_.images.push_back(image);
      if (header.padded_bytes > left) return false;
      at = image.offset + header.padded_bytes;
    }
    return true;
  }

  // A cubin that lies in the file as it is: up to where its tables and sections end.
  uint64_t read_elf(uint64_t begin) {
    Elf64_Ehdr header;
    if (!read_from(source_, begin, header) ||
        !looks_like_cubin(std::as_bytes(std::span(&header, 1)))) {
      return begin + 1;
    }
    found_.claimed |= begin == 0;
    const uint64_t size = elf_size(begin, header);
    GpuImage image;
    image.kind = ImageKind::kCubin;
    image.offset = begin;
    image.cut = size > source_.size() - begin;
    image.stored_bytes = image.unpacked_bytes = std::min(size, source_.size() - begin);
    found_.images.push_back(image);
    return begin + std::max<uint64_t>(image.stored_bytes, 1);
  }

  uint64_t elf_size(uint64_t begin, const Elf64_Ehdr& header) {
    const uint64_t largest = source_.size() - begin;
    uint64_t size = sizeof header;
    auto reach = [&](uint64_t offset, uint64_t bytes) {
      // One that cannot be right says that the file was cut: everything left is the image's.
      size = std::max(size, offset > largest || bytes > largest ? largest + 1 : offset + bytes);
    };
    reach(header.e_shoff, uint64_t{header.e_shnum} * sizeof(Elf64_Shdr));
    reach(header.e_phoff, uint64_t{header.e_phnum} * header.e_phentsize);
    if (size > largest || header.e_shentsize != sizeof(Elf64_Shdr)) return size;
    for (uint64_t i = 0; i < header.e_shnum && i < kMostSections; ++i) {
      Elf64_Shdr section;
      if (!read_from(source_, begin + header.e_shoff + i * sizeof section, section)) break;
      if (holds_bytes(section.sh_type)) {
        reach(section.sh_offset, section.sh_size);
      }
    }
    return size;
  }

  const ByteSource& source_;
  const std::vector<FileRange> host_code_;
  GpuImages found_;
};

bool is_ptx_file(const ByteSource& source) {
  std::vector<std::byte> head(std::min<uint64_t>(source.size(), 4096));
  if (!source.read(0, head)) return false;
  std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  if (text.find('\0') != std::string_view::npos) return false;
  while (text.starts_with("//") || text.starts_with('\n') || text.starts_with('\r')) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
  return text.starts_with(".version ");
}

}  // namespace

GpuImages find_gpu_images(const ByteSource& source) {
  if (is_ptx_file(source)) {
    GpuImage image;
    image.kind = ImageKind::kPtx;
    image.stored_bytes = image.unpacked_bytes = source.size();
    return {{image}, 0, 0, true, false};
  }
  return Search(source).run();
}

}  // namespace detaudit::instrument
