// Threads add floats into one cell as they come; the twin folds fixed chunks in order.
#include <detaudit/probe.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace {

constexpr size_t kValues = 1 << 20, kChunks = 64;

struct Sum {
  std::vector<float> values = std::vector<float>(kValues);
  float result = 0;
};

float chunk_sum(const Sum& sum, size_t chunk) {
  float total = 0;
  for (size_t i = 0; i < kValues / kChunks; ++i) total += sum.values[chunk * (kValues / kChunks) + i];
  return total;
}

void run(void* context) {
  auto& sum = *static_cast<Sum*>(context);
  std::atomic<size_t> next{0};
  std::atomic<float> total{0};
  std::vector<float> partials(kChunks);
  auto work = [&] {
    for (;;) {
      detaudit_schedule_point();
      const size_t chunk = next.fetch_add(1);
      if (chunk >= kChunks) return;
      const float part = chunk_sum(sum, chunk);
#ifdef CLEAN
      partials[chunk] = part;
#else
      total.fetch_add(part);
#endif
    }
  };
  std::vector<std::thread> threads;
  for (uint32_t i = 1; i < detaudit_workers(4); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  sum.result = total;
  for (float part : partials) sum.result += part;
}

}  // namespace

int main() {
  Sum sum;
  for (size_t step = 0; step < 8; ++step) {
    detaudit_step(step);
    for (size_t i = 0; i < kValues; ++i) {
      // Of both signs and many sizes, so that hardly two orders round alike.
      const uint32_t mixed = static_cast<uint32_t>(i + step) * 2654435761u;
      sum.values[i] = static_cast<float>(mixed >> 8) * 1e-3f - 8388.6f;
    }
    const detaudit_buffer in = {"values", sum.values.data(), kValues, DETAUDIT_F32};
    const detaudit_buffer out = {"result", &sum.result, 1, DETAUDIT_F32};
    detaudit_op_run("total", nullptr, &in, 1, &out, 1, run, &sum);
  }
}
