#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "auditor/compare/packed_event.h"

namespace detaudit::auditor {

// The events of one run that the other run has not shown yet, found by what they match. Owns copies
// of them, one behind the other: the place of one that was taken is given to the next of its size,
// and all of them again after clear().
class WaitingTable {
 public:
  WaitingTable();
  void insert(const Sighting& sighting);
  void insert(const PackedEvent& event);
  // Takes out the event of this `match` whose order is nearest; null when there is none. Valid until
  // the next insert() or clear().
  const PackedEvent* take(uint64_t match, uint64_t order);
  // False for most that take() would not find, and far cheaper.
  bool may_have(uint64_t match) const {
    return size_ != 0 && (marks_[bucket(match)] & mark(match)) != 0;
  }

  size_t size() const { return size_; }
  size_t memory_bytes() const {
    return used_words_ * sizeof(uint64_t) +
           (size_t{1} << bucket_bits_) * (sizeof(buckets_[0]) + sizeof(marks_[0]));
  }
  void clear();

  template <typename Visitor>
  void for_each(Visitor&& visit) const {
    for (size_t place = 0; place < used_words_;) {
      const Waiting& waiting = at(place);
      if (waiting.live) visit(waiting.event);
      place += waiting.words;
    }
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Waiting {
    uint32_t next;  // a place, counted in words
    uint32_t words : 31;  // of all of it
    uint32_t live : 1;
    PackedEvent event;  // with what lies behind it
  };
  Waiting& at(size_t place) const {
    return *reinterpret_cast<Waiting*>(memory_.get() + place);
  }
  uint32_t allocate(size_t event_bytes);
  bool reuse(size_t words, uint32_t& place);
  void grow_memory(size_t words);
  void grow_buckets();
  size_t bucket(uint64_t match) const {
    return match * 0x9e3779b97f4a7c15u >> (64 - bucket_bits_);
  }
  void link(uint32_t place);
  static uint16_t mark(uint64_t match) { return static_cast<uint16_t>(1u << (match & 15)); }

  unsigned bucket_bits_ = 10;
  std::vector<uint32_t> buckets_;  // places, the latest first
  std::vector<uint16_t> marks_;    // by bucket: of all in it, perhaps more; most look-ups end here
  size_t size_ = 0;
  std::vector<uint32_t> free_;  // places of taken ones, by words
  size_t free_count_ = 0;
  std::unique_ptr<uint64_t[]> memory_;
  size_t used_words_ = 0, memory_words_ = 0;
};

}  // namespace detaudit::auditor
