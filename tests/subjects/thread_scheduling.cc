// Threads load, change and store the same counters; the twin gives each its own.
#include <detaudit/probe.h>

#include <atomic>
#include <thread>
#include <vector>

namespace {

constexpr size_t kThreads = 2, kRounds = 3000000;

struct Counters {
  int64_t values[kThreads] = {};
};

void run(void* context) {
  auto& counters = *static_cast<Counters*>(context);
  auto work = [&](size_t own) {
    detaudit_schedule_point();
#ifdef CLEAN
    std::atomic_ref<int64_t> value(counters.values[own]);
#else
    std::atomic_ref<int64_t> value(counters.values[own * 0]);
#endif
    for (size_t i = 0; i < kRounds; ++i) {
      value.store(value.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
  };
  std::vector<std::thread> threads;
  const uint32_t workers = detaudit_workers(kThreads);
  for (size_t i = 1; i < kThreads; ++i) {
    threads.emplace_back(work, i);
    if (workers == 1) threads.back().join();
  }
  work(0);
  for (std::thread& thread : threads) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace

int main() {
  Counters counters;
  for (uint64_t step = 0; step < 8; ++step) {
    detaudit_step(step);
    const detaudit_buffer both = {"counters", counters.values, kThreads, DETAUDIT_I64};
    detaudit_op_run("count", nullptr, &both, 1, &both, 1, run, &counters);
  }
}
