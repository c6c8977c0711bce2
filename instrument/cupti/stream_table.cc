#include "instrument/cupti/stream_table.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace detaudit::instrument::cupti {

StreamKey stream_key(CUcontext context, CUstream stream, bool per_thread, uint64_t thread) {
  if (stream == nullptr) stream = per_thread ? CU_STREAM_PER_THREAD : CU_STREAM_LEGACY;
  return {context, stream, stream == CU_STREAM_PER_THREAD ? thread : 0};
}

StreamEntry* StreamTable::find(const StreamKey& key) {
  auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second;
}

StreamEntry& StreamTable::add(const StreamKey& key, int device, unsigned flags,
                              const char* thread) {
  auto kind = StreamOrder::Kind::kBlocking;
  if (key.stream == CU_STREAM_LEGACY)
    kind = StreamOrder::Kind::kLegacyDefault;
  else if (flags & CU_STREAM_NON_BLOCKING)
    kind = StreamOrder::Kind::kNonBlocking;
  std::pmr::memory_resource* memory = entries_.get_allocator().resource();
  const bool shared = kind == StreamOrder::Kind::kLegacyDefault || key.thread;
  char lane[224];
  if (kind == StreamOrder::Kind::kLegacyDefault)
    std::snprintf(lane, sizeof lane, "gpu%d.default", device);
  else if (key.thread)  // named by the thread that uses it, as all lanes are
    std::snprintf(lane, sizeof lane, "gpu%d.thread", device);
  else
    std::snprintf(lane, sizeof lane, "gpu%d.s%u%s%s", device,
                  used_[{device, std::pmr::string(thread, memory)}]++, *thread ? "@" : "", thread);
  const StreamId id = order_.add(kind, reinterpret_cast<uint64_t>(key.context));
  StreamEntry entry{id, std::pmr::string(lane, memory), !shared && *thread != 0};
  return entries_.insert_or_assign(key, std::move(entry)).first->second;
}

CUevent StreamTable::remove(StreamKey key) {
  auto found = entries_.find(key);
  if (found == entries_.end() && key.thread == 0 && key.stream != CU_STREAM_LEGACY)
    found = std::find_if(entries_.begin(), entries_.end(),
                         [&](const auto& entry) { return entry.first.stream == key.stream; });
  if (found == entries_.end()) return nullptr;
  order_.remove(found->second.id);
  const CUevent joint = found->second.joint;
  entries_.erase(found);
  return joint;
}

void StreamTable::remove_context(CUcontext context) {
  for (auto at = entries_.begin(); at != entries_.end();) {
    if (at->first.context == context) {
      order_.remove(at->second.id);
      at = entries_.erase(at);
    } else {
      ++at;
    }
  }
}

}  // namespace detaudit::instrument::cupti
