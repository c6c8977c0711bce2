#include "kernels/cuda/emulated/emulator.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <numeric>
#include <random>
#include <thread>

namespace detaudit::kernels::cuda {
namespace {

constexpr size_t kShuffles = 8;  // per block size and seed

struct ThreadOrders {
  std::vector<uint16_t> forward, reversed, shuffled[kShuffles];
};

ThreadOrders make_orders(unsigned threads, uint64_t seed) {
  ThreadOrders orders;
  orders.forward.resize(threads);
  std::iota(orders.forward.begin(), orders.forward.end(), uint16_t{0});
  orders.reversed.assign(orders.forward.rbegin(), orders.forward.rend());
  std::mt19937_64 engine(seed);
  for (auto& shuffled : orders.shuffled) {
    shuffled = orders.forward;
    std::shuffle(shuffled.begin(), shuffled.end(), engine);
  }
  return orders;
}

const ThreadOrders& orders_of(unsigned threads) {
  thread_local std::map<std::pair<unsigned, uint64_t>, ThreadOrders> known;
  const std::pair key{threads, emulation().seed};
  auto found = known.find(key);
  if (found == known.end()) found = known.emplace(key, make_orders(threads, key.second)).first;
  return found->second;
}

}  // namespace

Emulation& emulation() {
  static Emulation settings;
  return settings;
}

std::span<const uint16_t> emulated_threads(unsigned threads, uint64_t phase) {
  const ThreadOrders& orders = orders_of(threads);
  EmulatedOrder order = emulation().order;
  if (order == EmulatedOrder::kMixed) order = static_cast<EmulatedOrder>(phase % 3);
  if (order == EmulatedOrder::kForward) return orders.forward;
  if (order == EmulatedOrder::kReversed) return orders.reversed;
  return orders.shuffled[phase % kShuffles];
}

void emulate_blocks(size_t blocks, const std::function<void(size_t block)>& run_block) {
  const Emulation& settings = emulation();
  std::vector<uint32_t> order(blocks);
  std::iota(order.begin(), order.end(), 0u);
  if (settings.order == EmulatedOrder::kReversed) {
    std::reverse(order.begin(), order.end());
  } else if (settings.order != EmulatedOrder::kForward) {
    static std::atomic<uint64_t> launches{0};
    std::mt19937_64 engine(settings.seed + launches.fetch_add(1));
    std::shuffle(order.begin(), order.end(), engine);
  }
  if (settings.host_threads <= 1) {
    for (uint32_t block : order) run_block(block);
    return;
  }
  std::atomic<size_t> next{0};
  std::vector<std::jthread> threads;
  for (unsigned t = 0; t < settings.host_threads; ++t)
    threads.emplace_back([&] {
      for (size_t i; (i = next.fetch_add(1)) < order.size();) run_block(order[i]);
    });
}

}  // namespace detaudit::kernels::cuda
