#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "auditor/compare/packed_event.h"

namespace detaudit::auditor {

// The events of one run that the other run has not shown yet, by identity. Owns copies of them in
// blocks that are reused, never returned, until clear().
class WaitingTable {
 public:
  // Identities fall into this many ranges; for_each() visits them range by range when asked to.
  static constexpr unsigned kPartitionBits = 10;
  static size_t partition(uint64_t identity);

  // kByIdentity is for few ranges at a time: their events have all of the table to themselves.
  enum class Order { kByRange, kByIdentity };
  explicit WaitingTable(Order order = Order::kByRange);
  void insert(const Sighting& sighting);
  void insert(const PackedEvent& event);
  // Takes out the event that matches `twin` and whose order is nearest to its; null when there is
  // none. Valid until the next call.
  const Sighting* take(const Sighting& twin);

  size_t size() const { return size_; }
  size_t memory_bytes() const {
    return used_bytes_ + buckets_.size() * (sizeof(buckets_[0]) + sizeof(marks_[0]));
  }
  void clear();

  template <typename Visitor>
  void for_each(Visitor&& visit) const {
    constexpr size_t kAhead = 8;
    for (size_t i = 0; i < buckets_.size(); ++i) {
      if (i + kAhead < buckets_.size()) prefetch(buckets_[i + kAhead]);
      for (const Waiting* waiting = buckets_[i]; waiting != nullptr; waiting = waiting->next) {
        visit(waiting->event);
      }
    }
  }

 private:
  struct Waiting {
    Waiting* next;
    PackedEvent event;  // with what lies behind it
  };
  Waiting* allocate(size_t event_bytes);
  void grow();
  size_t bucket(uint64_t identity, uint64_t match) const;
  void link(Waiting* waiting);
  static uint16_t mark(uint64_t match);
  static void prefetch(const Waiting* waiting) {
    __builtin_prefetch(waiting);
    __builtin_prefetch(reinterpret_cast<const char*>(waiting) + 64);
  }

  Order order_;
  std::vector<Waiting*> buckets_;
  std::vector<uint16_t> marks_;  // by bucket: of all in it, perhaps more; most look-ups end here
  unsigned bucket_bits_ = kPartitionBits;
  size_t size_ = 0;
  std::vector<Waiting*> free_;  // by words of the event
  struct Block {
    std::unique_ptr<uint64_t[]> words;
    size_t size_words = 0;
  };
  std::vector<Block> blocks_;
  size_t block_ = 0, block_used_words_ = 0;
  size_t used_bytes_ = 0;
  instrument::Event taken_event_;
  Sighting taken_;
};

}  // namespace detaudit::auditor
