#include "instrument/recorder/thread_lane.h"

#include <pthread.h>

#include <atomic>
#include <cstdio>
#include <cstring>

#include "instrument/recorder/futex_lock.h"
#include "instrument/trace/event.h"
#include "instrument/trace/pages.h"

namespace detaudit::instrument {

constinit thread_local bool t_inside = false;

namespace {

constinit thread_local ThreadLane* t_lane __attribute__((tls_model("initial-exec"))) = nullptr;

constexpr size_t kLanesAtOnce = 64;
constinit FutexLock g_lock;
ThreadLane* g_free = nullptr;
char g_process[ThreadLane::kNameBytes];
constinit std::atomic<uint32_t> g_unseen_births{0};
constinit std::atomic<uint64_t> g_births{0};
pthread_key_t g_end_of_thread;

ThreadLane* take_lane() {
  g_lock.lock();
  if (!g_free) {
    PageArray<ThreadLane> more;
    if (more.reserve(kLanesAtOnce))
      for (size_t i = more.capacity(); i-- > 0;) {
        more[i].next_free = g_free;
        g_free = &more[i];
      }
  }
  ThreadLane* lane = g_free;
  if (lane) g_free = lane->next_free;
  g_lock.unlock();
  if (!lane) return nullptr;
  std::memset(static_cast<void*>(lane), 0, sizeof *lane);
  __atomic_store_n(&lane->birth, g_births.fetch_add(1) + 1, __ATOMIC_RELAXED);
  return lane;
}

void end_of_thread(void* lane) {
  t_lane = nullptr;
  free_thread_lane(static_cast<ThreadLane*>(lane));
}

}  // namespace

void rename_lane(ThreadLane& lane, const char* first, const char* second) {
  int length = std::snprintf(lane.name, sizeof lane.name, "%s%s", first, second);
  if (length >= static_cast<int>(sizeof lane.name)) {  // keep long names apart by their hash
    uint64_t hash = text_hash(first) * 31 + text_hash(second);
    std::snprintf(lane.name, sizeof lane.name, "%.64s~%016llx", first,
                  static_cast<unsigned long long>(hash));
  }
  lane.name_hash = text_hash(lane.name);
  lane.process_hash = process_hash(lane.name);
  lane.id = 0;
}

ThreadLane* new_thread_lane(ThreadLane& parent) {
  ThreadLane* lane = take_lane();
  if (!lane) return nullptr;
  char suffix[24];
  std::snprintf(suffix, sizeof suffix, "/t%u", parent.children++);
  rename_lane(*lane, parent.name, suffix);
  return lane;
}

ThreadLane* new_lane() { return take_lane(); }

void free_thread_lane(ThreadLane* lane) {
  __atomic_store_n(&lane->birth, 0, __ATOMIC_RELAXED);
  g_lock.lock();
  lane->next_free = g_free;
  g_free = lane;
  g_lock.unlock();
}

void adopt_lane(ThreadLane* lane) {
  t_lane = lane;
  pthread_setspecific(g_end_of_thread, lane);
}

ThreadLane* current_lane() {
  if (t_lane) [[likely]]
    return t_lane;
  ThreadLane* lane = take_lane();
  if (!lane) return nullptr;
  // Its birth was not seen (no libc probe): named in the order of first use.
  char suffix[24];
  std::snprintf(suffix, sizeof suffix, "/u%u", g_unseen_births.fetch_add(1));
  rename_lane(*lane, g_process, suffix);
  adopt_lane(lane);
  return lane;
}

void start_lanes(const char* process_name) {
  pthread_key_create(&g_end_of_thread, end_of_thread);
  restart_lanes(process_name);
}

void restart_lanes(const char* process_name) {
  g_lock.reset();
  std::snprintf(g_process, sizeof g_process, "%s", process_name);
  g_unseen_births.store(0);
  if (!t_lane) {
    ThreadLane* lane = take_lane();
    if (!lane) return;
    adopt_lane(lane);
  }
  t_lane->children = 0;
  rename_lane(*t_lane, process_name, "");
}

}  // namespace detaudit::instrument
