#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "auditor/workload/images.h"
#include "auditor/workload/sample_order.h"

namespace detaudit::workload {

// A batch as it leaves the loader: pixels scaled to zero mean and unit deviation, image by image.
struct LoadedBatch {
  uint64_t sequence = 0;  // position in the order in which batches are due
  uint64_t epoch = 0;
  std::vector<uint64_t> samples;
  std::vector<float> images;  // [batch][height][width]
  std::vector<int32_t> labels;
};

// One image as the model takes it: zero mean and unit deviation, because contrast and brightness of
// an image say nothing of its class.
void standardize(const uint8_t* pixels, size_t count, float* image);

enum class Delivery { kInSequence, kAsFinished };

// Threads that prepare batches ahead of their use. Owns its threads and a fixed number of batches,
// and allocates nothing after construction. They refill when half of the batches are used up, so
// that they wake in bursts and not for every batch.
class Loader {
 public:
  // `images` and `order` must outlive the loader.
  Loader(const ImageSet& images, SampleOrder& order, size_t batch, unsigned threads,
         Delivery delivery);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // The next batch, valid until the next call. Waits for it.
  const LoadedBatch& next();

 private:
  void work();
  size_t take_ready();  // index into slots_, or slots_.size(): not there yet
  void recycle(size_t slot);
  void fill(LoadedBatch& slot) const;

  const ImageSet& images_;
  SampleOrder& order_;
  const Delivery delivery_;
  std::vector<LoadedBatch> slots_;

  std::mutex mutex_;  // of all below, and of order_
  std::condition_variable refill_, arrival_;
  std::vector<size_t> free_;
  std::vector<size_t> used_;   // waiting for the next burst
  std::vector<size_t> ready_;  // in order of arrival
  size_t current_;
  uint64_t sequence_ = 0;  // of the next batch to prepare
  uint64_t due_ = 0;       // of the next batch to deliver
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace detaudit::workload
