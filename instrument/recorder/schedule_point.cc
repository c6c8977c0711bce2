#include "instrument/recorder/schedule_point.h"

#include <atomic>
#include <cstdint>

namespace detaudit::instrument {
namespace {

// One in `rarity` points waits for up to `most_pauses` pauses, some 50 ns each.
struct Delays {
  uint32_t rarity;
  uint32_t most_pauses;
};
constexpr Delays kProvoked = {2, 512};
constexpr Delays kPerturbed = {64, 128};

constinit std::atomic<uint32_t> g_provoked{0};
constinit std::atomic<bool> g_perturbed{false};
constinit std::atomic<uint64_t> g_streams{0};

void wait(uint32_t pauses) {
  for (uint32_t i = 0; i < pauses; ++i) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    asm volatile("");
#endif
  }
}

// xorshift64* (Vigna, 2016), a stream a thread; what it draws reaches no result.
uint32_t next_random() {
  static thread_local constinit uint64_t state = 0;
  if (state == 0) state = (g_streams.fetch_add(1) + 1) * 0x9e3779b97f4a7c15u;
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return static_cast<uint32_t>(state * 0x2545f4914f6cdd1du >> 32);
}

void delay(const Delays& delays) {
  const uint32_t random = next_random();
  if (random % delays.rarity == 0) wait((random >> 8) % delays.most_pauses);
}

}  // namespace

ProvokedSchedule::ProvokedSchedule() { g_provoked.fetch_add(1); }
ProvokedSchedule::~ProvokedSchedule() { g_provoked.fetch_sub(1); }

void perturb_schedule_points() { g_perturbed.store(true); }

void schedule_point() {
  if (g_provoked.load(std::memory_order_relaxed)) {
    delay(kProvoked);
  } else if (g_perturbed.load(std::memory_order_relaxed)) {
    delay(kPerturbed);
  }
}

}  // namespace detaudit::instrument
