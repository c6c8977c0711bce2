#include "kernels/pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace detaudit::kernels {
namespace {

// How long a thread spins for its next event before it sleeps, in pauses: some 20 us, about what
// waking a sleeper costs. Counted, not timed: the subject's clock reads are evidence.
constexpr unsigned kSpinPauses = 400;

// The gate's word: open or shut, how many workers the launch admits, how many are inside.
constexpr uint32_t kOpen = 1u << 31;
constexpr uint32_t kAdmittedShift = 15;
constexpr uint32_t kInsideMask = (1u << kAdmittedShift) - 1;
constexpr unsigned kMaxThreads = kInsideMask;

inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Where one thread waits for a condition on atomics that others make true: spins, then sleeps.
// The condition and the sleeping flag are sequentially consistent, so no wake-up is lost.
class Bell {
 public:
  template <class Condition>
  void wait_until(unsigned pauses, Condition condition) {
    for (unsigned i = 0; i < pauses; ++i) {
      if (condition()) return;
      pause();
    }
    std::unique_lock lock(mutex_);
    asleep_.store(true);
    while (!condition()) rung_.wait(lock);
    asleep_.store(false);
  }

  // Call after the condition was made true.
  void ring() {
    if (!asleep_.load()) return;
    std::lock_guard lock(mutex_);
    rung_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable rung_;
  std::atomic<bool> asleep_{false};
};

// One worker's mailbox, on cache lines of its own.
struct alignas(128) Mailbox {
  std::atomic<uint32_t> call{0};  // number of the launch it was last called to
  Bell bell;
};

}  // namespace

// A launch is published by opening the gate. A called worker enters while the gate is open, claims
// blocks until none is left, and leaves. The caller closes the gate when no block is left, so that
// a worker that wakes late finds it shut and nobody waits for it, and returns when all have left.
struct Pool::State {
  explicit State(unsigned threads) : mailboxes(threads) {}

  bool enter(unsigned worker) {
    uint32_t seen = gate.load();
    while ((seen & kOpen) && worker < ((seen & ~kOpen) >> kAdmittedShift)) {
      if (gate.compare_exchange_weak(seen, seen + 1)) return true;
    }
    return false;
  }

  void leave() {
    const uint32_t before = gate.fetch_sub(1);
    if (!(before & kOpen) && (before & kInsideMask) == 1) done.ring();
  }

  void claim_blocks(unsigned worker) {
    for (size_t block; (block = next.fetch_add(1, std::memory_order_relaxed)) < blocks;) {
      if (claim_hook) claim_hook();
      (*body)(block, worker);
    }
  }

  void work(unsigned worker) {
    Mailbox& mailbox = mailboxes[worker];
    for (uint32_t seen = 0;;) {
      mailbox.bell.wait_until(pauses, [&] { return mailbox.call.load() != seen; });
      seen = mailbox.call.load();
      if (stopping.load()) return;
      if (!enter(worker)) continue;
      claim_blocks(worker);
      leave();
    }
  }

  void call(unsigned worker) {
    mailboxes[worker].call.fetch_add(1);
    mailboxes[worker].bell.ring();
  }

  // Written by the caller while the gate is shut and nobody is inside.
  const std::function<void(size_t, unsigned)>* body = nullptr;
  size_t blocks = 0;
  void (*claim_hook)() = nullptr;
  unsigned limit = 1;
  unsigned pauses = 0;

  alignas(128) std::atomic<size_t> next{0};
  alignas(128) std::atomic<uint32_t> gate{0};
  std::atomic<bool> stopping{false};
  Bell done;
  std::vector<Mailbox> mailboxes;  // [0] is the caller's, unused
  std::vector<std::thread> workers;
};

Pool::Pool(unsigned threads) {
  threads = std::clamp(threads, 1u, kMaxThreads);
  state_ = std::make_unique<State>(threads);
  state_->limit = threads;
  // More threads than CPUs: whoever spins keeps another from working.
  state_->pauses = threads <= std::thread::hardware_concurrency() ? kSpinPauses : 0;
  for (unsigned worker = 1; worker < threads; ++worker) {
    state_->workers.emplace_back([state = state_.get(), worker] { state->work(worker); });
  }
}

Pool::~Pool() {
  state_->stopping.store(true);
  for (unsigned worker = 1; worker < threads(); ++worker) state_->call(worker);
  for (std::thread& worker : state_->workers) worker.join();
}

unsigned Pool::threads() const { return static_cast<unsigned>(state_->mailboxes.size()); }

void Pool::limit(unsigned workers) { state_->limit = std::clamp(workers, 1u, threads()); }

void Pool::at_claims(void (*hook)()) { state_->claim_hook = hook; }

unsigned Pool::limit() const { return state_->limit; }

void Pool::launch(size_t blocks, const std::function<void(size_t, unsigned)>& body) {
  State& state = *state_;
  const size_t workers = std::min<size_t>(state.limit, blocks);
  if (workers <= 1) {
    for (size_t block = 0; block < blocks; ++block) body(block, 0);
    return;
  }
  state.body = &body;
  state.blocks = blocks;
  state.next.store(0, std::memory_order_relaxed);
  state.gate.store(kOpen | static_cast<uint32_t>(workers) << kAdmittedShift);
  for (unsigned worker = 1; worker < workers; ++worker) state.call(worker);
  state.claim_blocks(0);
  state.gate.fetch_and(~kOpen);
  state.done.wait_until(state.pauses, [&] { return (state.gate.load() & kInsideMask) == 0; });
}

}  // namespace detaudit::kernels
