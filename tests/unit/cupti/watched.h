#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <memory_resource>
#include <thread>
#include <vector>

#include "instrument/cupti/gpu_recorder.h"
#include "kernels/digest.h"
#include "tests/unit/cupti/fake_driver.h"

namespace detaudit::instrument::cupti {

template <typename... Values>
std::vector<std::byte> packed(Values... values) {
  std::vector<std::byte> bytes((sizeof values + ...));
  std::byte* at = bytes.data();
  ((std::memcpy(at, &values, sizeof values), at += sizeof values), ...);
  return bytes;
}

template <typename T>
T argument(const std::byte* parameters, size_t offset) {
  T value;
  std::memcpy(&value, parameters + offset, sizeof value);
  return value;
}

inline kernels::Digest digest_at(CUdeviceptr address, size_t bytes) {
  return kernels::digest(reinterpret_cast<const void*>(address), bytes);
}

// A subject on the fake driver, watched.
struct Watched {
  explicit Watched(uint64_t seed = 1, GpuSettings settings = {}, uint32_t slots = 4096)
      : driver(seed),
        device(driver, slots),
        table(driver.table()),
        recorder({table, device, sink, clock, std::pmr::new_delete_resource()}, settings) {
    EXPECT_EQ(driver.start(recorder, observed_calls()), nullptr);
  }
  ~Watched() { driver.stop(); }
  void end() {
    driver.synchronize();
    recorder.finish();
  }
  FakeDriver driver;
  FakeDigestDevice device;
  FakeSink sink;
  FakeClock clock;
  DriverTable table;
  GpuRecorder recorder;
};

// As another thread of the subject, which is over when this returns.
template <typename Work>
void as_thread(const char* birth, const Work& work) {
  std::thread([&] {
    FakeSink::birth = birth;
    work();
  }).join();
}

// out[i] = in[i] + 1, `bytes` of them, in two pieces.
inline FakeKernel add_one(size_t bytes) {
  auto part = [](const std::byte* p, size_t from, size_t to) {
    auto* in = argument<const unsigned char*>(p, 0);
    auto* out = argument<unsigned char*>(p, 8);
    for (size_t i = from; i < to; ++i) out[i] = static_cast<unsigned char>(in[i] + 1);
  };
  return {"add_one",
          {{0, 8}, {8, 8}},
          {[=](const std::byte* p) { part(p, 0, bytes / 2); },
           [=](const std::byte* p) { part(p, bytes / 2, bytes); }}};
}

}  // namespace detaudit::instrument::cupti
