#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kernels/cuda/stream.h"

namespace detaudit::device {

// What a check found: a measured value and whether it is what it must be.
struct Result {
  enum class Kind { kPassed, kFailed, kMeasured } kind;
  std::string value;  // "3412 GB/s, 0.91 of reading"
};
inline Result passed(std::string value) { return {Result::Kind::kPassed, std::move(value)}; }
inline Result failed(std::string value) { return {Result::Kind::kFailed, std::move(value)}; }
inline Result measured(std::string value) { return {Result::Kind::kMeasured, std::move(value)}; }
inline Result judge(bool good, std::string value) {
  return {good ? Result::Kind::kPassed : Result::Kind::kFailed, std::move(value)};
}

struct Check {
  std::string name;  // "digest bandwidth, 4 GiB"
  std::string wanted;
  std::function<Result(kernels::cuda::Stream&)> run;
};

std::vector<Check> digest_checks();
std::vector<Check> twin_checks();
std::vector<Check> training_checks();

// Device memory for as long as it lives.
class Memory {
 public:
  Memory(kernels::cuda::Stream& stream, size_t bytes)
      : stream_(stream), data_(stream.allocate(bytes)), bytes_(bytes) {}
  ~Memory() { stream_.release(data_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  void* data() const { return data_; }
  float* floats() const { return static_cast<float*>(data_); }
  size_t bytes() const { return bytes_; }

 private:
  kernels::cuda::Stream& stream_;
  void* data_;
  size_t bytes_;
};

// Median seconds of GPU time of one of `repeats` calls in a row, by events around all of them.
double gpu_seconds(kernels::cuda::Stream& stream, unsigned repeats,
                   const std::function<void()>& call);

// A kernel that only reads: what bandwidth the digest's is measured against.
void read_all(kernels::cuda::Stream& stream, const void* data, size_t bytes, void* sink);

// Of all processes on the device.
size_t used_device_memory();

// printf into a string.
[[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...);

}  // namespace detaudit::device
