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

constexpr size_t kSharedBytes = size_t{64} << 10;  // a buffer that others may take a share of
constexpr size_t kPoolBytes = size_t{192} << 10;   // of such buffers, worth a launch
constexpr size_t kHelperBytes = size_t{4} << 20;   // waking it costs tens of microseconds
constexpr size_t kStackBytes = size_t{256} << 10;
constexpr int kIdleSpins = 200;
constexpr int kJoinSpins = 4000;

// One buffer being digested. Chunks are claimed from a counter: their digests add up in any order.
struct Job {
  const unsigned char* data;
  size_t bytes;
  std::atomic<size_t> next_chunk;
  kernels::Digest helper_sum;
};

size_t chunk_count(size_t bytes) {
  return (bytes + kernels::kDigestChunkBytes - 1) / kernels::kDigestChunkBytes;
}

kernels::Digest digest_chunk(const unsigned char* data, size_t bytes, size_t chunk) {
  size_t begin = chunk * kernels::kDigestChunkBytes;
  return kernels::chunk_digest(data + begin, std::min(kernels::kDigestChunkBytes, bytes - begin),
                               chunk);
}

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
  for (;;) {
    size_t chunk = job.next_chunk.fetch_add(1, std::memory_order_relaxed);
    if (chunk >= chunk_count(job.bytes)) return sum;
    sum = kernels::add(sum, digest_chunk(job.data, job.bytes, chunk));
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

// Buffers that the blocks of a lent pool digest, a chunk a block.
class PoolJob {
 public:
  void add(DeclaredBuffer& buffer) {
    buffer.digest = {};
    chunks_ += chunk_count(buffer.bytes);
    bytes_ += buffer.bytes;
    parts_[count_++] = {&buffer, chunks_};
  }
  bool full() const { return count_ == kMostBuffers; }
  void finish();

 private:
  static constexpr size_t kMostBuffers = 32;
  struct Part {
    DeclaredBuffer* buffer;
    size_t end;  // the first block that is not of it
  };
  static void block(void* context, size_t index);
  bool run_on_pool();

  Part parts_[kMostBuffers];
  size_t count_ = 0, chunks_ = 0, bytes_ = 0;
  std::atomic<size_t> done_{0};
};

void PoolJob::block(void* context, size_t index) {
  auto& job = *static_cast<PoolJob*>(context);
  if (index >= job.chunks_) return;
  size_t part = 0;
  while (index >= job.parts_[part].end) ++part;
  DeclaredBuffer& buffer = *job.parts_[part].buffer;
  size_t chunk = index - (part ? job.parts_[part - 1].end : 0);
  kernels::Digest digest =
      digest_chunk(static_cast<const unsigned char*>(buffer.data), buffer.bytes, chunk);
  std::atomic_ref<uint64_t>(buffer.digest.low).fetch_add(digest.low, std::memory_order_relaxed);
  std::atomic_ref<uint64_t>(buffer.digest.high).fetch_add(digest.high, std::memory_order_relaxed);
  job.done_.fetch_add(1, std::memory_order_release);
}

bool PoolJob::run_on_pool() {
  ThreadLane* lane = current_lane();
  // Not in a replay, which delays the pool to provoke other orders.
  if (!lane || !lane->parallel_run || lane->replaying || bytes_ < kPoolBytes) return false;
  lane->parallel_run(lane->pool, chunks_, block, this);
  // A pool that did not do as it was told has digested nothing.
  return done_.load(std::memory_order_acquire) == chunks_;
}

bool digest_with_helper(const void* data, size_t bytes, kernels::Digest& digest) {
  if (!g_owner.try_lock()) return false;
  bool helped = have_helper();
  if (helped) {
    post_job(data, bytes);
    kernels::Digest sum = work_on(g_job);
    digest = kernels::finish(kernels::add(sum, collect_job()), bytes);
  }
  g_owner.unlock();
  return helped;
}

kernels::Digest digest_alone(const DeclaredBuffer& buffer) {
  kernels::Digest digest;
  if (buffer.bytes >= kHelperBytes && digest_with_helper(buffer.data, buffer.bytes, digest))
    return digest;
  return kernels::digest(buffer.data, buffer.bytes);
}

void PoolJob::finish() {
  bool ran = run_on_pool();
  for (size_t i = 0; i < count_; ++i) {
    DeclaredBuffer& buffer = *parts_[i].buffer;
    buffer.digest = ran ? kernels::finish(buffer.digest, buffer.bytes) : digest_alone(buffer);
  }
  count_ = chunks_ = bytes_ = 0;
  done_.store(0, std::memory_order_relaxed);
}

}  // namespace

void digest_buffers(std::span<DeclaredBuffer> buffers) {
  PoolJob job;
  for (DeclaredBuffer& buffer : buffers) {
    if (buffer.is_given()) continue;
    if (buffer.bytes < kSharedBytes) {
      buffer.digest = kernels::digest(buffer.data, buffer.bytes);
      continue;
    }
    job.add(buffer);
    if (job.full()) job.finish();
  }
  job.finish();
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
