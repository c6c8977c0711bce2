#include "instrument/libc/folder_stream.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "instrument/libc/next_function.h"
#include "instrument/libc/written_file.h"

namespace detaudit::instrument {
namespace {

// Grows a mapping to at least `wanted` bytes; false when there is no memory.
bool grow(void** pages, size_t& bytes, size_t wanted) {
  if (wanted <= bytes) return true;
  constexpr size_t kLeast = size_t{64} << 10;
  const size_t more = std::max({kLeast, bytes * 2, wanted});
  void* moved = *pages ? mremap(*pages, bytes, more, MREMAP_MAYMOVE)
                       : mmap(nullptr, more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                              -1, 0);
  if (moved == MAP_FAILED) return false;
  *pages = moved;
  bytes = more;
  return true;
}

}  // namespace

void FolderStream::open(DIR* stream) {
  *this = {};
  stream_ = stream;
}

void FolderStream::begin_again() {
  if (pages_) munmap(pages_, bytes_);
  if (places_) munmap(places_, places_bytes_);
  open(stream_);
}

void FolderStream::close() {
  begin_again();
  stream_ = nullptr;
}

void FolderStream::note_end() const {
  ProbeScope scope;
  char path[PATH_MAX];
  if (scope && name_of(dirfd(stream_), path)) seen_.tell(path);
}

bool FolderStream::keep(const dirent64& entry) {
  const size_t length = (entry.d_reclen + sizeof(size_t) - 1) / sizeof(size_t) * sizeof(size_t);
  if (!grow(reinterpret_cast<void**>(&pages_), bytes_, used_ + length) ||
      !grow(reinterpret_cast<void**>(&places_), places_bytes_, (count_ + 1) * sizeof(size_t)))
    return false;
  std::memcpy(pages_ + used_, &entry, entry.d_reclen);
  places_[count_++] = used_;
  used_ += length;
  return true;
}

void FolderStream::read_all(Next* read, uint64_t order) {
  while (const dirent64* entry = read(stream_)) {
    seen_.note(entry->d_name);
    if (keep(*entry)) continue;
    failed_ = true;
    begin_again();
    return;
  }
  auto name_at = [this](size_t place) {
    return reinterpret_cast<const dirent64*>(pages_ + place)->d_name;
  };
  std::sort(places_, places_ + count_, [&](size_t a, size_t b) {
    return comes_before(order, name_at(a), name_at(b));
  });
}

dirent64* FolderStream::next(Next* read, uint64_t order) {
  if (order == 0 || failed_) {
    dirent64* entry = read(stream_);
    if (entry)
      seen_.note(entry->d_name);
    else
      note_end();
    return entry;
  }
  if (!pages_) {
    const int error = errno;
    read_all(read, order);
    if (failed_) {
      rewinddir(stream_);
      failed_ = true;
      return read(stream_);
    }
    errno = error;
  }
  if (at_ >= count_) {
    note_end();
    return nullptr;
  }
  return reinterpret_cast<dirent64*>(pages_ + places_[at_++]);
}

void FolderStream::go_to(long place) {
  at_ = place >= 0 && static_cast<size_t>(place) <= count_ ? static_cast<size_t>(place) : count_;
}

}  // namespace detaudit::instrument
