#include "auditor/workload/arena.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <new>

namespace detaudit::workload {
namespace {

constexpr size_t kLargeBytes = 1024;
constexpr size_t kPageBytes = 4096;
constexpr size_t kAlignment = 64;

size_t rounded_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

}  // namespace

Arena::~Arena() {
  for (const Block& block : blocks_) {
    if (block.mapped_bytes)
      munmap(block.data, block.mapped_bytes);
    else
      std::free(block.data);
  }
}

void* Arena::allocate(size_t bytes) {
  const bool large = bytes >= kLargeBytes;
  const size_t size = rounded_up(bytes ? bytes : 1, large ? kPageBytes : kAlignment);
  void* data = nullptr;
  if (large) {
    data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED) throw std::bad_alloc();
  } else {
    data = std::aligned_alloc(kAlignment, size);
    if (!data) throw std::bad_alloc();
    std::memset(data, 0, size);
  }
  blocks_.push_back({data, large ? size : 0});
  return data;
}

}  // namespace detaudit::workload
