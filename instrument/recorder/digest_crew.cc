#include "instrument/recorder/digest_crew.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <atomic>

#include "instrument/recorder/futex_lock.h"
#include "instrument/recorder/thread_lane.h"

namespace detaudit::instrument {
namespace {

constexpr size_t kParallelBytes = size_t{256} << 10;
constexpr size_t kStackBytes = size_t{256} << 10;
constexpr int kIdleSpins = 1000;
constexpr int kJoinSpins = 4000;

// One buffer being digested. Chunks are claimed from a counter: their digests add up in any order.
struct Job {
  const unsigned char* data;
  size_t bytes;
  std::atomic<size_t> next_chunk;
  kernels::Digest helper_sum;
};

// kPosted is taken back by the caller, or made kJoined by the helper, whichever comes first: the
// helper never touches a buffer that its caller has returned from.
enum JobState : uint32_t { kNoJob, kPosted, kJoined, kDone };
enum class Helper { kNone, kRunning, kUnavailable };

constinit FutexLock g_owner;  // whose job it is; guards g_helper and, before posting, g_job
constinit Job g_job{};
constinit std::atomic<uint32_t> g_state{kNoJob};
constinit std::atomic<uint32_t> g_posts{0};
constinit std::atomic<bool> g_asleep{false};
Helper g_helper = Helper::kNone;

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

kernels::Digest work_on(Job& job) {
  kernels::Digest sum;
  size_t chunks = (job.bytes + kernels::kDigestChunkBytes - 1) / kernels::kDigestChunkBytes;
  for (;;) {
    size_t chunk = job.next_chunk.fetch_add(1, std::memory_order_relaxed);
    if (chunk >= chunks) return sum;
    size_t begin = chunk * kernels::kDigestChunkBytes;
    size_t bytes = std::min(kernels::kDigestChunkBytes, job.bytes - begin);
    sum = kernels::add(sum, kernels::chunk_digest(job.data + begin, bytes, chunk));
  }
}

void wait_for_post() {
  uint32_t posts = g_posts.load();
  for (int spin = 0; spin < kIdleSpins; ++spin) {
    if (g_state.load(std::memory_order_relaxed) == kPosted) return;
    relax();
  }
  g_asleep.store(true);
  if (g_state.load() != kPosted) futex_wait(g_posts, posts, nullptr);
  g_asleep.store(false);
}

void* help(void*) {
  t_inside = true;
  for (;;) {
    uint32_t posted = kPosted;
    if (g_state.compare_exchange_strong(posted, kJoined, std::memory_order_acquire)) {
      g_job.helper_sum = work_on(g_job);
      g_state.store(kDone, std::memory_order_release);
    }
    wait_for_post();
  }
  return nullptr;
}

bool have_helper() {
  if (g_helper != Helper::kNone) return g_helper == Helper::kRunning;
  g_helper = Helper::kUnavailable;
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, help, nullptr) == 0) g_helper = Helper::kRunning;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return g_helper == Helper::kRunning;
}

void post_job(const void* data, size_t bytes) {
  g_job.data = static_cast<const unsigned char*>(data);
  g_job.bytes = bytes;
  g_job.next_chunk.store(0, std::memory_order_relaxed);
  g_state.store(kPosted);
  g_posts.fetch_add(1);
  if (g_asleep.load()) futex_wake(g_posts, 1);
}

// The helper's share, once it is through.
kernels::Digest collect_job() {
  uint32_t posted = kPosted;
  if (g_state.compare_exchange_strong(posted, kNoJob)) return {};
  for (int spin = 0; g_state.load(std::memory_order_acquire) != kDone; ++spin) {
    if (spin < kJoinSpins)
      relax();
    else
      sched_yield();
  }
  kernels::Digest sum = g_job.helper_sum;
  g_state.store(kNoJob, std::memory_order_relaxed);
  return sum;
}

}  // namespace

kernels::Digest digest_buffer(const void* data, size_t bytes) {
  if (bytes <= kParallelBytes || !g_owner.try_lock()) return kernels::digest(data, bytes);
  if (!have_helper()) {
    g_owner.unlock();
    return kernels::digest(data, bytes);
  }
  post_job(data, bytes);
  kernels::Digest sum = work_on(g_job);
  sum = kernels::add(sum, collect_job());
  g_owner.unlock();
  return kernels::finish(sum, bytes);
}

void pause_digest_crew() { g_owner.lock(); }
void resume_digest_crew() { g_owner.unlock(); }

void restart_digest_crew() {
  g_helper = Helper::kNone;
  g_state.store(kNoJob);
  g_asleep.store(false);
  g_owner.reset();
}

}  // namespace detaudit::instrument
