#include "instrument/watch/reach.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstring>

namespace detaudit::instrument {
namespace {

const char* beyond_loader(const char* head, size_t bytes, int file) {
  Elf64_Ehdr header;
  if (bytes < sizeof header) return nullptr;
  std::memcpy(&header, head, sizeof header);
  if (header.e_ident[EI_CLASS] != ELFCLASS64) return "not a 64-bit program";
  for (unsigned i = 0; i < header.e_phnum && i < 64; ++i) {
    Elf64_Phdr segment;
    auto at = static_cast<off_t>(header.e_phoff + i * sizeof segment);
    if (pread(file, &segment, sizeof segment, at) != sizeof segment) return nullptr;
    if (segment.p_type != PT_INTERP) continue;
    char loader[128] = {};
    ssize_t got = pread(file, loader, sizeof loader - 1, static_cast<off_t>(segment.p_offset));
    return got > 0 && std::strstr(loader, "musl") ? "of another C library" : nullptr;
  }
  return "statically linked";
}

enum class Kind { kProgram, kInterpreter };

Unreached beyond_reach(const char* path, Kind kind);

Unreached of_file(int file, Kind kind) {
  char head[256] = {};
  const ssize_t bytes = pread(file, head, sizeof head - 1, 0);
  struct stat facts;
  if (bytes < 4 || fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) return {};
  if (std::memcmp(head, ELFMAG, SELFMAG) == 0) {
    if (facts.st_mode & (S_ISUID | S_ISGID)) return {"it changes its user or group", true};
    if (fgetxattr(file, "security.capability", nullptr, 0) > 0)
      return {"its file gives it capabilities", true};
    return {beyond_loader(head, static_cast<size_t>(bytes), file)};
  }
  if (head[0] == '#' && head[1] == '!' && kind == Kind::kProgram) {
    char* interpreter = head + 2 + std::strspn(head + 2, " \t");
    interpreter[std::strcspn(interpreter, " \t\r\n")] = '\0';
    return beyond_reach(interpreter, Kind::kInterpreter);
  }
  return {};
}

Unreached beyond_reach(const char* path, Kind kind) {
  const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return {};
  const Unreached found = of_file(file, kind);
  close(file);
  return found;
}

}  // namespace

Unreached beyond_reach(const char* path) { return beyond_reach(path, Kind::kProgram); }

}  // namespace detaudit::instrument
