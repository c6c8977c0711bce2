// Threads sum parts of their own, then add them to one total without a lock: rarely, one is lost.
// The twin adds atomically; sums of integers do not depend on their order.
#include <detaudit/probe.h>

#include <atomic>
#include <thread>
#include <vector>

namespace {

constexpr size_t kThreads = 4, kChunks = 256, kValues = 100;

struct Sum {
  std::vector<int64_t> values = std::vector<int64_t>(kChunks * kValues);
  int64_t total = 0;
};

void add(int64_t& total, int64_t part) {
  std::atomic_ref<int64_t> shared(total);
#ifdef CLEAN
  shared.fetch_add(part);
#else
  shared.store(shared.load(std::memory_order_relaxed) + part, std::memory_order_relaxed);
#endif
}

void run(void* context) {
  auto& sum = *static_cast<Sum*>(context);
  sum.total = 0;
  std::atomic<size_t> next{0};
  auto work = [&] {
    for (;;) {
      detaudit_schedule_point();
      const size_t chunk = next.fetch_add(1);
      if (chunk >= kChunks) return;
      int64_t part = 0;
      for (size_t i = 0; i < kValues; ++i) part += sum.values[chunk * kValues + i] % 7;
      add(sum.total, part);
    }
  };
  std::vector<std::thread> threads;
  for (uint32_t i = 1; i < detaudit_workers(kThreads); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

int main() {
  Sum sum;
  for (size_t i = 0; i < sum.values.size(); ++i) sum.values[i] = static_cast<int64_t>(i * i);
  for (uint64_t step = 0; step < 4; ++step) {
    detaudit_step(step);
    const detaudit_buffer in = {"values", sum.values.data(), sum.values.size(), DETAUDIT_I64};
    const detaudit_buffer out = {"total", &sum.total, 1, DETAUDIT_I64};
    detaudit_op_run("total", nullptr, &in, 1, &out, 1, run, &sum);
  }
}
