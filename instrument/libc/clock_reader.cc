#include "instrument/libc/clock_reader.h"

#include <link.h>

#include <algorithm>
#include <atomic>
#include <cstring>

namespace detaudit::instrument {
namespace {

struct Range {
  uintptr_t begin, end;
  bool holds(uintptr_t place) const { return place >= begin && place < end; }
};

// The executable's, and that of an interpreter that it loads with itself.
struct Program {
  Range executable, interpreter;
};
constinit Program g_program{};
constinit std::atomic<bool> g_known{false};

Range range_of(const dl_phdr_info& object) {
  Range range{UINTPTR_MAX, 0};
  for (size_t i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object.dlpi_phdr[i];
    if (segment.p_type != PT_LOAD) continue;
    const uintptr_t begin = object.dlpi_addr + segment.p_vaddr;
    range.begin = std::min(range.begin, begin);
    range.end = std::max(range.end, begin + segment.p_memsz);
  }
  return range;
}

// The loader gives the executable first.
int take_object(dl_phdr_info* object, size_t, void* into) {
  auto& program = *static_cast<Program*>(into);
  if (program.executable.end == 0)
    program.executable = range_of(*object);
  else if (object->dlpi_name && std::strstr(object->dlpi_name, "/libpython"))
    program.interpreter = range_of(*object);
  return 0;
}

}  // namespace

ClockReader reader_at(const void* site) {
  if (!g_known.load(std::memory_order_acquire)) {
    Program program{};  // threads that come here at once find the same
    dl_iterate_phdr(take_object, &program);
    g_program = program;
    g_known.store(true, std::memory_order_release);
  }
  const auto place = reinterpret_cast<uintptr_t>(site);
  return g_program.executable.holds(place) || g_program.interpreter.holds(place)
             ? ClockReader::kProgram
             : ClockReader::kLibrary;
}

}  // namespace detaudit::instrument
