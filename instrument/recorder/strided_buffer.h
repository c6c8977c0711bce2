#pragma once

#include <cstdint>
#include <span>

#include "instrument/recorder/operations.h"

namespace detaudit::instrument {

// A buffer of any strides, as adapters describe it (instrument/api/adapter.h).
struct StridedBuffer {
  static constexpr uint32_t kMostDimensions = 64;
  const unsigned char* data;
  kernels::DType dtype;
  uint64_t item_bytes;
  uint32_t dimensions;
  const int64_t* sizes;
  const int64_t* strides;

  uint64_t items()
      const;  // 0 where a size is negative, or where they come to more than there can be
  uint64_t bytes() const { return items() * item_bytes; }
  bool contiguous() const;
  // Item `index` of the first dimension.
  StridedBuffer part(uint64_t index) const;
};

// Takes the next buffer off `words`. False: it makes no sense, nor does what follows.
bool next_buffer(const int64_t*& words, StridedBuffer& buffer);

// Its items in row-major order, gathered chunk by chunk into memory that is kept for the next time.
kernels::Digest digest(const StridedBuffer& buffer);

// What the recorder keeps of it. A contiguous one is still to be digested; any other is here.
DeclaredBuffer declare(const StridedBuffer& buffer, const char* name);

// Copies items from number `first` on, in row-major order, until `bytes` are full.
void gather(const StridedBuffer& buffer, uint64_t first, void* to, uint64_t bytes);

}  // namespace detaudit::instrument
