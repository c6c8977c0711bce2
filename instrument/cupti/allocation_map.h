#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory_resource>
#include <vector>

namespace detaudit::instrument::cupti {

// What gave the memory: who may write it without a launch that we see.
enum class MemoryKind : uint8_t {
  kDevice,   // written by the device alone
  kManaged,  // by the host too, at any time
  kHost,     // pinned or registered host memory
  kPeer,     // another process's, by IPC
  kOpaque,   // known by address alone: not to be read by work of ours
};

struct Range {
  uint64_t begin = 0, end = 0;
  uint64_t bytes() const { return end - begin; }
  bool overlaps(const Range& other) const { return begin < other.end && other.begin < end; }
  friend bool operator==(const Range&, const Range&) = default;
};

struct Allocation {
  Range range;
  uint32_t ordinal;  // the how-manieth of this process, from 0
  MemoryKind kind;
  uint64_t context;
  bool mapped = false;  // by the virtual memory interface
  bool foreign = false;  // never to be read, whoever is given access
  uint64_t owner = 0;  // the module or library that it goes with; 0: none
};

struct Backing {
  bool mapped = false, foreign = false;
  uint64_t owner = 0;
};

// What is mapped, by address, and every address at which a kernel was seen to start reading: a
// caching allocator hands out parts of one allocation, and where the next part begins is where a
// buffer ends. Not thread-safe. All lookups O(log n).
class AllocationMap {
 public:
  explicit AllocationMap(std::pmr::memory_resource* memory)
      : by_begin_(memory), starts_(memory) {}

  // What it overlaps is forgotten: the driver gives an address out twice only after it was freed.
  // Empty and wrapping ranges are refused.
  bool add(Range range, MemoryKind kind, uint64_t context, Backing backing = {});
  // Every allocation that lies wholly in the range (one, or an unmapped part of a reservation).
  size_t remove_within(Range range);
  size_t remove_owned(uint64_t owner);
  std::pmr::vector<Range> of_context(uint64_t context, std::pmr::memory_resource* memory) const;
  // From now on the allocation that begins there is known by its address alone.
  void close(uint64_t begin);
  // Whether what is mapped in the range may be read.
  void set_access(Range range, MemoryKind kind);

  const Allocation* find(uint64_t address) const;

  // From now on a buffer starts at this address, since this thread (any number) said so. False: it
  // already did, or it is not mapped.
  bool note_start(uint64_t address, uint64_t thread = 0);
  // Another thread said of some address behind this one, in the same allocation, that a buffer
  // starts there. O(starts) where none did.
  bool others_start_behind(uint64_t address, uint64_t thread) const;
  // From the address to the next start, the end of its allocation or `most` bytes, whichever comes
  // first; empty when it is not mapped. Mappings side by side are one allocation here.
  Range extent(uint64_t address, uint64_t most) const;

  // body(allocation) of the one that holds the address and the mappings that go on behind it.
  template <typename Body>
  void each_joined(uint64_t address, const Body& body) const {
    auto at = by_begin_.upper_bound(address);
    if (at == by_begin_.begin() || std::prev(at)->second.range.end <= address) return;
    --at;
    body(at->second);
    for (auto next = std::next(at); next != by_begin_.end() && joined(at->second, next->second);
         at = next++)
      body(next->second);
  }

  // body(allocation) of those that lie wholly in the range.
  template <typename Body>
  void each_within(const Range& range, const Body& body) const {
    for (auto at = by_begin_.lower_bound(range.begin);
         at != by_begin_.end() && at->second.range.end <= range.end; ++at)
      body(at->second);
  }
  // All of it is mapped, by one allocation or by mappings side by side.
  bool holds(const Range& range) const;

  size_t size() const { return by_begin_.size(); }
  uint64_t mapped_bytes() const { return mapped_bytes_; }
  const std::pmr::map<uint64_t, Allocation>& all() const { return by_begin_; }

 private:
  static bool joined(const Allocation& a, const Allocation& b) {
    return a.mapped && b.mapped && a.range.end == b.range.begin && a.kind == b.kind &&
           a.context == b.context;
  }
  std::pmr::map<uint64_t, Allocation>::iterator erase(
      std::pmr::map<uint64_t, Allocation>::iterator at);

  std::pmr::map<uint64_t, Allocation> by_begin_;
  std::pmr::map<uint64_t, uint64_t> starts_;  // who said so
  uint64_t mapped_bytes_ = 0;
  uint32_t next_ordinal_ = 0;
};

}  // namespace detaudit::instrument::cupti
