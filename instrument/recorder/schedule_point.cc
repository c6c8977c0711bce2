#include "instrument/recorder/schedule_point.h"

#include <time.h>

#include <atomic>
#include <cstdint>

namespace detaudit::instrument {
namespace {

// One in `rarity` points waits for up to `most_pauses` pauses, some 50 ns each; one in
// `sleep_rarity`, if not 0, gives its processor away, so that orders vary on a busy machine as
// well; one in `meeting_rarity`, if not 0, waits that long for another thread to come to a point.
struct Delays {
  uint32_t rarity;
  uint32_t most_pauses;
  uint32_t sleep_rarity;
  uint32_t meeting_rarity;
};
constexpr Delays kProvokedFirst = {2, 512, 3, 2};  // before one thread has done all the work alone
constexpr Delays kProvoked = {2, 512, 32, 2};
constexpr Delays kPerturbed = {64, 128, 0, 0};
constexpr uint32_t kFirstPoints = 48;
constexpr timespec kSleep = {0, 20'000};

constinit std::atomic<uint32_t> g_provoked{0};
constinit std::atomic<uint32_t> g_points{0};  // since the schedule is provoked
constinit std::atomic<bool> g_perturbed{false};
constinit std::atomic<uint32_t> g_meetings{0};  // threads that came to one
constinit std::atomic<uint64_t> g_streams{0};

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  asm volatile("");
#endif
}

void wait(uint32_t pauses) {
  for (uint32_t i = 0; i < pauses; ++i) pause();
}

// Lets two threads go on at the same instant, which is when one loses what the other writes. The
// second to come runs beside the first, which spins: on another processor.
void meet(uint32_t most_pauses) {
  const uint32_t own = g_meetings.fetch_add(1);
  if (own % 2 == 1) return;
  for (uint32_t i = 0; i < most_pauses && g_meetings.load() == own + 1; ++i) pause();
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
  if (delays.sleep_rarity && (random >> 20) % delays.sleep_rarity == 0) nanosleep(&kSleep, nullptr);
  if (delays.meeting_rarity && (random >> 4) % delays.meeting_rarity == 0) {
    meet(delays.most_pauses);
  } else if (random % delays.rarity == 0) {
    wait((random >> 8) % delays.most_pauses);
  }
}

}  // namespace

ProvokedSchedule::ProvokedSchedule() {
  g_points.store(0);
  g_provoked.fetch_add(1);
}
ProvokedSchedule::~ProvokedSchedule() { g_provoked.fetch_sub(1); }

void perturb_schedule_points() { g_perturbed.store(true); }

void schedule_point() {
  if (g_provoked.load(std::memory_order_relaxed)) {
    delay(g_points.fetch_add(1, std::memory_order_relaxed) < kFirstPoints ? kProvokedFirst
                                                                          : kProvoked);
  } else if (g_perturbed.load(std::memory_order_relaxed)) {
    delay(kPerturbed);
  }
}

}  // namespace detaudit::instrument
