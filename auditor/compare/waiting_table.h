#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "auditor/compare/trace_stream.h"

namespace detaudit::auditor {

// An event kept by value, its digests right behind it. Trivially copyable as size_bytes() bytes;
// after such a copy adopt_digests() makes it whole.
struct WaitingEvent {
  WaitingEvent* next = nullptr;
  Sighting sighting;
  instrument::Event event;

  kernels::Digest* digests() { return reinterpret_cast<kernels::Digest*>(this + 1); }
  size_t digest_count() const { return event.inputs.size() + event.outputs.size(); }
  size_t size_bytes() const {
    return sizeof(WaitingEvent) + digest_count() * sizeof(kernels::Digest);
  }
  void adopt_digests();
};
static_assert(std::is_trivially_copyable_v<WaitingEvent>);
static_assert(alignof(kernels::Digest) <= alignof(WaitingEvent));

// The events of one run that the other run has not shown yet, by identity. Owns copies of them in
// blocks that are reused, never returned, until clear().
class WaitingTable {
 public:
  // Identities fall into this many ranges; for_each() visits them range by range.
  static constexpr unsigned kPartitionBits = 10;
  static size_t partition(uint64_t identity);

  WaitingTable();
  void insert(const Sighting& sighting);
  // Takes out the event of that identity whose order is nearest to `order`; null when there is
  // none. Valid until the next insert() or clear().
  const Sighting* take(uint64_t identity, uint64_t order);

  size_t size() const { return size_; }
  size_t memory_bytes() const { return used_bytes_ + buckets_.size() * sizeof(buckets_[0]); }
  void clear();

  template <typename Visitor>
  void for_each(Visitor&& visit) const {
    for (const WaitingEvent* event : buckets_) {
      for (; event != nullptr; event = event->next) visit(*event);
    }
  }

 private:
  WaitingEvent* allocate(size_t digests);
  void grow();
  size_t bucket(uint64_t identity) const;

  std::vector<WaitingEvent*> buckets_;
  unsigned bucket_bits_ = kPartitionBits;
  size_t size_ = 0;
  std::vector<WaitingEvent*> free_;  // by number of digests
  struct Block {
    std::unique_ptr<uint64_t[]> words;
    size_t size_words = 0;
  };
  std::vector<Block> blocks_;
  size_t block_ = 0, block_used_words_ = 0;
  size_t used_bytes_ = 0;
};

}  // namespace detaudit::auditor
