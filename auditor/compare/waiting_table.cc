#include "auditor/compare/waiting_table.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace detaudit::auditor {
namespace {

constexpr size_t kFewestWords = size_t{1} << 13;
// Events of one identity that take() looks through: repeats beyond are taken latest first.
constexpr int kRepeatsConsidered = 32;

uint64_t distance(uint64_t a, uint64_t b) { return a < b ? b - a : a - b; }

}  // namespace

WaitingTable::WaitingTable()
    : buckets_(size_t{1} << bucket_bits_, kNone), marks_(buckets_.size()) {}

void WaitingTable::insert(const Sighting& sighting) {
  const PackedEvent::Shape shape = PackedEvent::shape_of(sighting);
  const uint32_t place = allocate(shape.bytes);
  at(place).event.pack(sighting, shape);
  link(place);
}

void WaitingTable::insert(const PackedEvent& event) {
  const size_t bytes = event.size_bytes();
  const uint32_t place = allocate(bytes);
  std::memcpy(static_cast<void*>(&at(place).event), &event, bytes);
  link(place);
}

inline uint32_t WaitingTable::allocate(size_t event_bytes) {
  const size_t words = (offsetof(Waiting, event) + event_bytes) / sizeof(uint64_t);
  uint32_t place = 0;
  if (free_count_ > 0 && reuse(words, place)) return place;
  if (used_words_ + words > memory_words_) grow_memory(words);
  place = static_cast<uint32_t>(used_words_);
  auto* fresh = new (memory_.get() + used_words_) Waiting;
  fresh->words = static_cast<uint32_t>(words);
  fresh->live = 0;
  used_words_ += words;
  return place;
}

bool WaitingTable::reuse(size_t words, uint32_t& place) {
  if (words >= free_.size() || free_[words] == kNone) return false;
  place = free_[words];
  free_[words] = at(place).next;
  --free_count_;
  return true;
}

inline void WaitingTable::link(uint32_t place) {
  if (size_ >= buckets_.size()) grow_buckets();
  ++size_;
  Waiting& waiting = at(place);
  const uint64_t match = waiting.event.match();
  const size_t into = bucket(match);
  waiting.next = buckets_[into];
  waiting.live = 1;
  buckets_[into] = place;
  marks_[into] |= mark(match);
}

const PackedEvent* WaitingTable::take(uint64_t match, uint64_t order) {
  const size_t bucket = this->bucket(match);
  uint32_t* nearest = nullptr;
  uint64_t nearest_distance = 0;
  int repeats = 0;
  for (uint32_t* link = &buckets_[bucket]; *link != kNone && repeats < kRepeatsConsidered;
       link = &at(*link).next) {
    const PackedEvent& event = at(*link).event;
    if (event.match() != match) continue;
    ++repeats;
    const uint64_t away = distance(event.order(), order);
    if (nearest != nullptr && away >= nearest_distance) continue;
    nearest = link;
    nearest_distance = away;
  }
  if (nearest == nullptr) return nullptr;
  const uint32_t place = *nearest;
  Waiting& taken = at(place);
  *nearest = taken.next;
  if (buckets_[bucket] == kNone) marks_[bucket] = 0;
  if (taken.words >= free_.size()) free_.resize(taken.words + 1, kNone);
  taken.live = 0;
  taken.next = free_[taken.words];
  free_[taken.words] = place;
  ++free_count_;
  --size_;
  return &taken.event;
}

void WaitingTable::grow_memory(size_t words) {
  memory_words_ = std::max({2 * memory_words_, used_words_ + words, kFewestWords});
  auto larger = std::make_unique_for_overwrite<uint64_t[]>(memory_words_);
  std::copy_n(memory_.get(), used_words_, larger.get());
  memory_ = std::move(larger);
}

void WaitingTable::grow_buckets() {
  buckets_.assign(buckets_.size() * 2, kNone);
  marks_.assign(buckets_.size(), 0);
  ++bucket_bits_;
  size_ = 0;
  for (size_t place = 0; place < used_words_; place += at(place).words) {
    if (at(place).live) link(static_cast<uint32_t>(place));
  }
}

void WaitingTable::clear() {
  std::fill(buckets_.begin(), buckets_.end(), kNone);
  std::fill(marks_.begin(), marks_.end(), 0);
  free_.clear();
  size_ = free_count_ = used_words_ = 0;
}

}  // namespace detaudit::auditor
