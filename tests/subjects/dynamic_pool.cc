// Tasks that whichever thread is free takes from a queue: which thread ran one is no part of what it
// is. Half of them have a key, the others are known by what they read and wrote.
// Hazard: one task, with a key, adds noise from a generator that nothing seeds.
#include <array>
#include <atomic>
#include <detaudit/probe.hpp>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int kTasks = 64;

void run_task(int task, float noise, float& sum) {
  const std::vector<float> values(1000, static_cast<float>(task));
  const std::string key = "task" + std::to_string(task);
  const bool keyed = task % 2 == 1;
  detaudit::Operation op(keyed ? "keyed_task" : "task", keyed ? key.c_str() : nullptr);
  op.input("values", values);
  sum = std::accumulate(values.begin(), values.end(), 0.0f);
  if (task == 17) sum += noise;
  op.output("sum", std::span(&sum, 1));
}

}  // namespace

int main() {
  std::array<float, kTasks> sums{};
#ifdef CLEAN
  const float noise = 1;
#else
  const float noise = static_cast<float>(std::random_device{}());
#endif
  for (uint64_t step = 0; step < 3; ++step) {
    detaudit::step(step);
    std::atomic<int> next{0};
    std::vector<std::thread> pool;
    for (int thread = 0; thread < 4; ++thread) {
      pool.emplace_back([&] {
        for (int task = next++; task < kTasks; task = next++) run_task(task, noise, sums[task]);
      });
    }
    for (std::thread& thread : pool) thread.join();
  }
}
