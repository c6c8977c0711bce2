#include "instrument/libraries/mpi_requests.h"

#include <algorithm>
#include <cstring>

namespace detaudit::instrument {
namespace {

struct Pending {
  Word request;
  uintptr_t event;  // 0: free
  CallBuffer outputs[kMostPendingOutputs];
  size_t output_count;
};
constinit Pending g_pending[kMostPending]{};
constinit std::atomic<uint32_t> g_count{0};
constinit FutexLock g_lock;

}  // namespace

Word request_at(const void* site, const void* requests, uint32_t number) {
  Word request = 0;
  const size_t bytes = mpi_kind(site) == MpiKind::kOpenMpi ? sizeof request : sizeof(int);
  std::memcpy(&request, static_cast<const char*>(requests) + number * bytes, bytes);
  return request;
}

bool remember_pending(Word request, uintptr_t event, std::span<const CallBuffer> outputs) {
  g_lock.lock();
  Pending* place = std::find_if(std::begin(g_pending), std::end(g_pending),
                                [](const Pending& pending) { return pending.event == 0; });
  const bool room = place != std::end(g_pending) && outputs.size() <= kMostPendingOutputs;
  if (room) {
    place->request = request;
    place->event = event;
    place->output_count = outputs.size();
    std::copy(outputs.begin(), outputs.end(), place->outputs);
    g_count.fetch_add(1);
  }
  g_lock.unlock();
  if (!room) forget_library_operation(event);
  return room;
}

Completion::Completion(const void* site, uint32_t count, const void* requests)
    : site_(site), requests_(requests) {
  if (!requests || g_count.load(std::memory_order_relaxed) == 0) return;
  g_lock.lock();
  for (uint32_t at = 0; at < kMostPending; ++at)
    for (uint32_t number = 0; g_pending[at].event != 0 && number < count; ++number) {
      if (request_at(site, requests, number) != g_pending[at].request) continue;
      pending_[waited_] = static_cast<uint16_t>(at);
      number_[waited_++] = number;
      break;
    }
  g_lock.unlock();
}

Completion::~Completion() {
  for (uint32_t i = 0; i < waited_; ++i) {
    g_lock.lock();
    const Pending pending = g_pending[pending_[i]];
    const bool over =
        pending.event != 0 && request_at(site_, requests_, number_[i]) != pending.request;
    if (over) {
      g_pending[pending_[i]].event = 0;
      g_count.fetch_sub(1);
    }
    g_lock.unlock();
    if (over)
      end_library_operation(EventKind::kCollective, pending.event,
                            {pending.outputs, pending.output_count});
  }
}

}  // namespace detaudit::instrument
