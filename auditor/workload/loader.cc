#include "auditor/workload/loader.h"

#include <cmath>

namespace detaudit::workload {
namespace {

constexpr size_t kSlots = 8;

}  // namespace

void standardize(const uint8_t* pixels, size_t count, float* image) {
  uint64_t sum = 0, squares = 0;
  for (size_t i = 0; i < count; ++i) {
    sum += pixels[i];
    squares += uint64_t{pixels[i]} * pixels[i];
  }
  const double mean = static_cast<double>(sum) / static_cast<double>(count);
  const double variance = static_cast<double>(squares) / static_cast<double>(count) - mean * mean;
  const float offset = static_cast<float>(mean);
  const float scale = static_cast<float>(1 / std::sqrt(variance + 1));
  for (size_t i = 0; i < count; ++i) image[i] = (static_cast<float>(pixels[i]) - offset) * scale;
}

Loader::Loader(const ImageSet& images, SampleOrder& order, size_t batch, unsigned threads,
               Delivery delivery)
    : images_(images), order_(order), delivery_(delivery), slots_(kSlots), current_(kSlots) {
  for (size_t i = 0; i < kSlots; ++i) {
    slots_[i].samples.resize(batch);
    slots_[i].images.resize(batch * images.plane());
    slots_[i].labels.resize(batch);
    free_.push_back(kSlots - 1 - i);
  }
  used_.reserve(kSlots);
  ready_.reserve(kSlots);
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Loader::~Loader() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  refill_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Loader::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    refill_.wait(lock, [&] { return stopping_ || !free_.empty(); });
    if (stopping_) return;
    const size_t index = free_.back();
    free_.pop_back();
    LoadedBatch& slot = slots_[index];
    slot.sequence = sequence_++;
    slot.epoch = order_.next(slot.samples.data());
    lock.unlock();
    fill(slot);
    lock.lock();
    // detaudit: allow(DET232) taken by its number in the sequence, but where that hazard is planted
    ready_.push_back(index);
    arrival_.notify_one();
  }
}

void Loader::fill(LoadedBatch& slot) const {
  const size_t plane = images_.plane();
  for (size_t i = 0; i < slot.samples.size(); ++i) {
    const size_t sample = slot.samples[i];
    standardize(images_.pixels.data() + sample * plane, plane, slot.images.data() + i * plane);
    slot.labels[i] = images_.labels[sample];
  }
}

const LoadedBatch& Loader::next() {
  std::unique_lock lock(mutex_);
  if (current_ < slots_.size()) recycle(current_);
  arrival_.wait(lock, [&] { return (current_ = take_ready()) < slots_.size(); });
  ++due_;
  return slots_[current_];
}

size_t Loader::take_ready() {
  for (auto ready = ready_.begin(); ready != ready_.end(); ++ready) {
    if (delivery_ == Delivery::kInSequence && slots_[*ready].sequence != due_) continue;
    const size_t index = *ready;
    ready_.erase(ready);
    return index;
  }
  return slots_.size();
}

void Loader::recycle(size_t slot) {
  used_.push_back(slot);
  if (used_.size() < slots_.size() / 2) return;
  free_.insert(free_.end(), used_.begin(), used_.end());
  used_.clear();
  refill_.notify_all();
}

}  // namespace detaudit::workload
