#pragma once

#include <cstddef>
#include <span>

#include "instrument/recorder/operations.h"

namespace detaudit::instrument {

// Copies of all memory that some buffers cover, overlaps once. Buffers that did not change are
// never written to: they may be read-only.
class BufferCopies {
 public:
  static constexpr size_t kMostBytes = size_t{64} << 20;
  enum Copy {
    kBefore,
    kFirst,
    kReference,  // after the first run of another mode
    kOther,      // before, on other inputs
    kCopies
  };  // of the state before, after the first run, ...

  // False: more than kMostBytes, or no memory.
  bool cover(std::span<const DeclaredBuffer> inputs, std::span<const DeclaredBuffer> outputs);
  void save(Copy copy);
  void restore(Copy copy);
  // Where in a copy the buffer's bytes are.
  const void* at(Copy copy, const DeclaredBuffer& buffer) const;
  void trim(size_t bytes);  // keeps no more memory than that a copy

 private:
  struct Region {
    unsigned char* begin;
    size_t bytes;
    size_t offset;  // in a copy
  };
  bool add(const DeclaredBuffer& buffer);
  void merge_overlaps();

  PageArray<Region> regions_;
  size_t count_ = 0;
  PageArray<unsigned char> copies_[kCopies];
  size_t bytes_ = 0;
};

}  // namespace detaudit::instrument
