#include "auditor/compare/waiting_table.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

namespace detaudit::auditor {
namespace {

constexpr size_t kBlockWords = size_t{1} << 17;
// Events of one identity that take() looks through: repeats beyond are taken latest first.
constexpr int kRepeatsConsidered = 32;

uint64_t spread(uint64_t hash) { return hash * 0x9e3779b97f4a7c15u; }

uint64_t distance(uint64_t a, uint64_t b) { return a < b ? b - a : a - b; }

}  // namespace

WaitingTable::WaitingTable(Order order)
    : order_(order), buckets_(size_t{1} << kPartitionBits), marks_(buckets_.size()) {}

size_t WaitingTable::partition(uint64_t identity) {
  return spread(identity) >> (64 - kPartitionBits);
}

// The range of the identity, and within it the place of what is matched by.
size_t WaitingTable::bucket(uint64_t identity, uint64_t match) const {
  const uint64_t place = spread(match) << kPartitionBits;
  if (order_ == Order::kByIdentity) return place >> (64 - bucket_bits_);
  const unsigned bits = bucket_bits_ - kPartitionBits;
  const uint64_t within = bits == 0 ? 0 : place >> (64 - bits);
  return partition(identity) << bits | within;
}

void WaitingTable::insert(const Sighting& sighting) {
  if (size_ >= buckets_.size()) grow();
  const PackedEvent::Shape shape = PackedEvent::shape_of(sighting);
  Waiting* kept = allocate(shape.bytes);
  kept->event.pack(sighting, shape);
  link(kept);
  ++size_;
}

void WaitingTable::insert(const PackedEvent& event) {
  if (size_ >= buckets_.size()) grow();
  const size_t bytes = event.size_bytes();
  Waiting* kept = allocate(bytes);
  std::memcpy(static_cast<void*>(&kept->event), &event, bytes);
  link(kept);
  ++size_;
}

void WaitingTable::link(Waiting* waiting) {
  const uint64_t match = waiting->event.match();
  const size_t place = bucket(waiting->event.identity(), match);
  waiting->next = buckets_[place];
  buckets_[place] = waiting;
  marks_[place] |= mark(match);
}

uint16_t WaitingTable::mark(uint64_t match) { return static_cast<uint16_t>(1u << (match & 15)); }

const Sighting* WaitingTable::take(const Sighting& twin) {
  if (size_ == 0) return nullptr;
  const size_t place = bucket(twin.identity, twin.match);
  if ((marks_[place] & mark(twin.match)) == 0) return nullptr;
  const uint64_t order = twin.event->order;
  Waiting** nearest = nullptr;
  int repeats = 0;
  for (Waiting** link = &buckets_[place]; *link != nullptr && repeats < kRepeatsConsidered;
       link = &(*link)->next) {
    if ((*link)->event.match() != twin.match) continue;
    ++repeats;
    if (nearest == nullptr || distance((*link)->event.order(), order) <
                                  distance((*nearest)->event.order(), order)) {
      nearest = link;
    }
  }
  if (nearest == nullptr) return nullptr;
  Waiting* taken = *nearest;
  *nearest = taken->next;
  if (buckets_[place] == nullptr) marks_[place] = 0;
  const size_t words = taken->event.size_bytes() / sizeof(uint64_t);
  if (words >= free_.size()) free_.resize(words + 1);
  taken->next = free_[words];
  free_[words] = taken;
  --size_;
  taken_ = taken->event.unpack(taken_event_);
  return &taken_;
}

WaitingTable::Waiting* WaitingTable::allocate(size_t event_bytes) {
  const size_t event_words = event_bytes / sizeof(uint64_t);
  if (event_words < free_.size() && free_[event_words] != nullptr) {
    Waiting* reused = free_[event_words];
    free_[event_words] = reused->next;
    return reused;
  }
  const size_t words = event_words + offsetof(Waiting, event) / sizeof(uint64_t);
  while (block_ < blocks_.size() && block_used_words_ + words > blocks_[block_].size_words) {
    ++block_;
    block_used_words_ = 0;
  }
  if (block_ == blocks_.size()) {
    const size_t size_words = std::max(kBlockWords, words);
    blocks_.push_back({std::unique_ptr<uint64_t[]>(new uint64_t[size_words]), size_words});
  }
  uint64_t* place = blocks_[block_].words.get() + block_used_words_;
  block_used_words_ += words;
  used_bytes_ += words * sizeof(uint64_t);
  return new (place) Waiting;
}

void WaitingTable::grow() {
  std::vector<Waiting*> before(buckets_.size() * 2);
  before.swap(buckets_);
  marks_.assign(buckets_.size(), 0);
  ++bucket_bits_;
  for (Waiting* waiting : before) {
    while (waiting != nullptr) {
      Waiting* next = waiting->next;
      link(waiting);
      waiting = next;
    }
  }
}

void WaitingTable::clear() {
  std::fill(buckets_.begin(), buckets_.end(), nullptr);
  std::fill(marks_.begin(), marks_.end(), 0);
  free_.clear();
  size_ = block_ = block_used_words_ = used_bytes_ = 0;
}

}  // namespace detaudit::auditor
