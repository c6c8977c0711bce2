#include "auditor/workload/arena.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <new>

namespace detaudit::workload {
namespace {

constexpr size_t kLargeBytes = 1024;
constexpr size_t kPageBytes = 4096;
constexpr size_t kHugePageBytes = 2 << 20;
constexpr size_t kRegionBytes = 16 * kHugePageBytes;
constexpr size_t kAlignment = 64;

size_t rounded_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

}  // namespace

Arena::~Arena() {
  for (void* block : blocks_) std::free(block);
  for (const Region& region : regions_) munmap(region.data, region.bytes);
}

void* Arena::allocate(size_t bytes) {
  if (bytes >= kLargeBytes) return allocate_pages(rounded_up(bytes, kPageBytes));
  const size_t size = rounded_up(bytes ? bytes : 1, kAlignment);
  void* data = std::aligned_alloc(kAlignment, size);
  if (!data) throw std::bad_alloc();
  blocks_.push_back(data);
  return std::memset(data, 0, size);
}

void* Arena::allocate_pages(size_t bytes) {
  if (bytes > left_) map_region(rounded_up(bytes, kRegionBytes));
  void* data = next_;
  next_ += bytes;
  left_ -= bytes;
  return data;
}

void Arena::map_region(size_t bytes) {
  const size_t mapped = bytes + kHugePageBytes;
  void* data = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) throw std::bad_alloc();
  regions_.push_back({data, mapped});
  const size_t past = reinterpret_cast<uintptr_t>(data) % kHugePageBytes;
  next_ = static_cast<char*>(data) + (past ? kHugePageBytes - past : 0);
  left_ = bytes;
  madvise(next_, left_, MADV_HUGEPAGE);  // where the kernel has none, pages are small
}

}  // namespace detaudit::workload
