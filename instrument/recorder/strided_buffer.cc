#include "instrument/recorder/strided_buffer.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "instrument/recorder/recorder.h"

namespace detaudit::instrument {
namespace {

constexpr uint64_t kMostBytes = uint64_t{1} << 46;  // half of what a process can address
constexpr int64_t kMostItemBytes = int64_t{1} << 20;

// Memory to gather into: kept, so that its pages are there the next time. One a thread at work.
constexpr size_t kKept = 16;
constinit std::atomic<unsigned char*> g_kept[kKept]{};

class Scratch {
 public:
  Scratch() {
    for (auto& kept : g_kept)
      if (kept.load(std::memory_order_relaxed) && (memory_ = kept.exchange(nullptr))) return;
    void* pages = mmap(nullptr, kernels::kDigestChunkBytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages != MAP_FAILED) memory_ = static_cast<unsigned char*>(pages);
  }
  ~Scratch() {
    if (!memory_) return;
    for (auto& kept : g_kept) {
      unsigned char* none = nullptr;
      if (kept.compare_exchange_strong(none, memory_)) return;
    }
    munmap(memory_, kernels::kDigestChunkBytes);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  unsigned char* memory() const { return memory_; }

 private:
  unsigned char* memory_ = nullptr;
};

template <size_t kBytes>
void copy_row(const unsigned char* from, int64_t stride, uint64_t items, unsigned char* to) {
  for (uint64_t i = 0; i < items; ++i, from += stride, to += kBytes) std::memcpy(to, from, kBytes);
}

void copy_items(const unsigned char* from, int64_t stride, uint64_t item_bytes, uint64_t items,
                unsigned char* to) {
  if (stride == static_cast<int64_t>(item_bytes)) {
    std::memcpy(to, from, items * item_bytes);
    return;
  }
  switch (item_bytes) {
    case 1:
      return copy_row<1>(from, stride, items, to);
    case 2:
      return copy_row<2>(from, stride, items, to);
    case 4:
      return copy_row<4>(from, stride, items, to);
    case 8:
      return copy_row<8>(from, stride, items, to);
    case 16:
      return copy_row<16>(from, stride, items, to);
  }
  for (uint64_t i = 0; i < items; ++i, from += stride, to += item_bytes)
    std::memcpy(to, from, item_bytes);
}

// The type that the words name; bytes where they name none, or no whole number of its elements.
kernels::DType dtype_of(int64_t number, uint64_t item_bytes) {
  if (number < 0 || number > static_cast<int64_t>(kernels::DType::kF64)) return kernels::DType::kU8;
  const auto dtype = static_cast<kernels::DType>(number);
  return item_bytes % kernels::element_bytes(dtype) == 0 ? dtype : kernels::DType::kU8;
}

}  // namespace

uint64_t StridedBuffer::items() const {
  uint64_t items = 1;
  for (uint32_t d = 0; d < dimensions; ++d) {
    if (sizes[d] <= 0) return 0;
    if (__builtin_mul_overflow(items, static_cast<uint64_t>(sizes[d]), &items)) return 0;
  }
  return items <= kMostBytes / item_bytes ? items : 0;
}

bool StridedBuffer::contiguous() const {
  int64_t expected = static_cast<int64_t>(item_bytes);
  for (uint32_t d = dimensions; d-- > 0;) {
    if (sizes[d] == 1) continue;
    if (strides[d] != expected) return false;
    expected *= sizes[d];
  }
  return true;
}

StridedBuffer StridedBuffer::part(uint64_t index) const {
  StridedBuffer part = *this;
  if (dimensions == 0) return part;
  part.data += static_cast<int64_t>(index) * strides[0];
  --part.dimensions;
  ++part.sizes;
  ++part.strides;
  return part;
}

bool next_buffer(const int64_t*& words, StridedBuffer& buffer) {
  const int64_t* at = words;
  if (at[2] <= 0 || at[2] > kMostItemBytes) return false;
  static constexpr int64_t kWordStride = 8;
  if (at[3] == -1 && at[4] >= 0) {  // the words themselves
    buffer = {reinterpret_cast<const unsigned char*>(at + 5), kernels::DType::kI64, 8, 1, at + 4,
              &kWordStride};
    words = at + 5 + at[4];
    return true;
  }
  if (at[3] < 0 || at[3] > StridedBuffer::kMostDimensions) return false;
  buffer.data = reinterpret_cast<const unsigned char*>(at[0]);
  buffer.item_bytes = static_cast<uint64_t>(at[2]);
  buffer.dtype = dtype_of(at[1], buffer.item_bytes);
  buffer.dimensions = static_cast<uint32_t>(at[3]);
  buffer.sizes = at + 4;
  buffer.strides = buffer.sizes + buffer.dimensions;
  words = buffer.strides + buffer.dimensions;
  return true;
}

void gather(const StridedBuffer& buffer, uint64_t first, void* to, uint64_t bytes) {
  auto* out = static_cast<unsigned char*>(to);
  if (buffer.dimensions == 0) {
    std::memcpy(out, buffer.data, std::min(bytes, buffer.item_bytes));
    return;
  }
  int64_t index[StridedBuffer::kMostDimensions + 1];
  const uint32_t last = buffer.dimensions - 1;
  const unsigned char* row = buffer.data;
  uint64_t rest = first;
  for (uint32_t d = buffer.dimensions; d-- > 0;) {
    index[d] = static_cast<int64_t>(rest % static_cast<uint64_t>(buffer.sizes[d]));
    rest /= static_cast<uint64_t>(buffer.sizes[d]);
    row += index[d] * buffer.strides[d];
  }
  for (uint64_t left = bytes / buffer.item_bytes; left > 0;) {
    const uint64_t items = std::min(left, static_cast<uint64_t>(buffer.sizes[last] - index[last]));
    copy_items(row, buffer.strides[last], buffer.item_bytes, items, out);
    out += items * buffer.item_bytes;
    left -= items;
    row -= index[last] * buffer.strides[last];
    index[last] = 0;
    for (uint32_t d = last; d-- > 0;) {
      row += buffer.strides[d];
      if (++index[d] < buffer.sizes[d]) break;
      row -= buffer.sizes[d] * buffer.strides[d];
      index[d] = 0;
    }
  }
}

namespace {

// The same bytes as items of one byte each: no item then spans two chunks.
struct Bytewise {
  int64_t sizes[StridedBuffer::kMostDimensions + 1], strides[StridedBuffer::kMostDimensions + 1];
  StridedBuffer buffer;
  explicit Bytewise(const StridedBuffer& of) : buffer(of) {
    std::copy_n(of.sizes, of.dimensions, sizes);
    std::copy_n(of.strides, of.dimensions, strides);
    sizes[of.dimensions] = static_cast<int64_t>(of.item_bytes);
    strides[of.dimensions] = 1;
    buffer.item_bytes = 1;
    ++buffer.dimensions;
    buffer.sizes = sizes;
    buffer.strides = strides;
  }
};

}  // namespace

kernels::Digest digest(const StridedBuffer& buffer) {
  const uint64_t bytes = buffer.data ? buffer.bytes() : 0;
  if (bytes == 0 || buffer.contiguous()) return kernels::digest(buffer.data, bytes);
  if (kernels::kDigestChunkBytes % buffer.item_bytes != 0) return digest(Bytewise(buffer).buffer);
  kernels::Digest sum;
  Scratch scratch;
  if (!scratch.memory()) {
    Session().writer().drop(1, "no memory left");
    return sum;
  }
  for (uint64_t chunk = 0; chunk * kernels::kDigestChunkBytes < bytes; ++chunk) {
    const uint64_t begin = chunk * kernels::kDigestChunkBytes;
    const uint64_t here = std::min<uint64_t>(kernels::kDigestChunkBytes, bytes - begin);
    gather(buffer, begin / buffer.item_bytes, scratch.memory(), here);
    sum = kernels::add(sum, kernels::chunk_digest(scratch.memory(), here, chunk));
  }
  return kernels::finish(sum, bytes);
}

DeclaredBuffer declare(const StridedBuffer& buffer, const char* name) {
  DeclaredBuffer declared{};
  declared.name = name;
  declared.dtype = buffer.dtype;
  declared.bytes = buffer.data ? buffer.bytes() : 0;
  declared.elements = declared.bytes / kernels::element_bytes(buffer.dtype);
  if (declared.bytes == 0 || buffer.contiguous())
    declared.data = const_cast<unsigned char*>(buffer.data);
  else
    declared.digest = digest(buffer);
  return declared;
}

}  // namespace detaudit::instrument
