#include "auditor/compare/waiting_table.h"

#include <algorithm>
#include <new>

namespace detaudit::auditor {
namespace {

constexpr size_t kBlockWords = size_t{1} << 17;
// Events of one identity that take() looks through: repeats beyond are taken latest first.
constexpr int kRepeatsConsidered = 32;

uint64_t spread(uint64_t identity) { return identity * 0x9e3779b97f4a7c15u; }

uint64_t distance(uint64_t a, uint64_t b) { return a < b ? b - a : a - b; }

}  // namespace

void WaitingEvent::adopt_digests() {
  const size_t inputs = event.inputs.size(), outputs = event.outputs.size();
  event.inputs = {digests(), inputs};
  event.outputs = {digests() + inputs, outputs};
  sighting.event = &event;
}

WaitingTable::WaitingTable() : buckets_(size_t{1} << kPartitionBits) {}

size_t WaitingTable::partition(uint64_t identity) {
  return spread(identity) >> (64 - kPartitionBits);
}

size_t WaitingTable::bucket(uint64_t identity) const {
  return spread(identity) >> (64 - bucket_bits_);
}

void WaitingTable::insert(const Sighting& sighting) {
  if (size_ >= buckets_.size()) grow();
  const instrument::Event& event = *sighting.event;
  WaitingEvent* kept = allocate(event.inputs.size() + event.outputs.size());
  kept->sighting = sighting;
  kept->event = event;
  std::copy(event.inputs.begin(), event.inputs.end(), kept->digests());
  std::copy(event.outputs.begin(), event.outputs.end(), kept->digests() + event.inputs.size());
  kept->adopt_digests();
  WaitingEvent*& head = buckets_[bucket(sighting.identity)];
  kept->next = head;
  head = kept;
  ++size_;
}

const Sighting* WaitingTable::take(uint64_t identity, uint64_t order) {
  if (size_ == 0) return nullptr;
  WaitingEvent** nearest = nullptr;
  int repeats = 0;
  for (WaitingEvent** link = &buckets_[bucket(identity)];
       *link != nullptr && repeats < kRepeatsConsidered; link = &(*link)->next) {
    if ((*link)->sighting.identity != identity) continue;
    ++repeats;
    if (nearest == nullptr ||
        distance((*link)->event.order, order) < distance((*nearest)->event.order, order)) {
      nearest = link;
    }
  }
  if (nearest == nullptr) return nullptr;
  WaitingEvent* taken = *nearest;
  *nearest = taken->next;
  const size_t digests = taken->digest_count();
  if (digests >= free_.size()) free_.resize(digests + 1);
  taken->next = free_[digests];
  free_[digests] = taken;
  --size_;
  return &taken->sighting;
}

WaitingEvent* WaitingTable::allocate(size_t digests) {
  if (digests < free_.size() && free_[digests] != nullptr) {
    WaitingEvent* reused = free_[digests];
    free_[digests] = reused->next;
    return reused;
  }
  const size_t bytes = sizeof(WaitingEvent) + digests * sizeof(kernels::Digest);
  const size_t words = bytes / sizeof(uint64_t);
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
  used_bytes_ += bytes;
  return new (place) WaitingEvent;
}

void WaitingTable::grow() {
  std::vector<WaitingEvent*> before(buckets_.size() * 2);
  before.swap(buckets_);
  ++bucket_bits_;
  for (WaitingEvent* event : before) {
    while (event != nullptr) {
      WaitingEvent* next = event->next;
      WaitingEvent*& head = buckets_[bucket(event->sighting.identity)];
      event->next = head;
      head = event;
      event = next;
    }
  }
}

void WaitingTable::clear() {
  std::fill(buckets_.begin(), buckets_.end(), nullptr);
  free_.clear();
  size_ = block_ = block_used_words_ = used_bytes_ = 0;
}

}  // namespace detaudit::auditor
