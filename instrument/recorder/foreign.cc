#include "instrument/recorder/foreign.h"

#include <algorithm>
#include <cstring>

#include "instrument/recorder/recorder.h"

namespace detaudit::instrument {
namespace {

constexpr size_t kMostBuffers = 8192;

constinit PageArray<DeclaredBuffer> g_buffers;  // guarded by g_writing
constinit FutexLock g_writing;

static_assert(sizeof(Place) <= sizeof(ForeignPlace));

DeclaredBuffer declared(const ForeignBuffer& buffer) {
  DeclaredBuffer out{};
  out.name = buffer.name;
  out.elements = out.bytes = buffer.bytes;
  out.dtype = kernels::DType::kU8;
  out.digest = buffer.digest;
  return out;
}

}  // namespace

ThreadLane* open_lane(const char* name) {
  ThreadLane* lane = new_lane();
  if (!lane) return nullptr;
  Session session;
  session.name_lane(*lane, name);
  return lane;
}

bool place_event(ThreadLane& lane, const char* op, const char* key, ForeignPlace& out) {
  if (!recording()) return false;
  Session session;
  Place place;
  if (!session.place(lane, EventKind::kOperation, op, key, place)) return false;
  std::memcpy(out.storage, &place, sizeof place);
  return true;
}

ForeignWritten write_event(const ForeignPlace& at, std::span<const ForeignBuffer> inputs,
                           std::span<const ForeignBuffer> outputs) {
  ForeignWritten result;
  if (!recording()) return result;
  Place place;
  std::memcpy(&place, at.storage, sizeof place);
  g_writing.lock();
  const size_t buffers = inputs.size() + outputs.size();
  const bool room = buffers <= kMostBuffers && g_buffers.reserve(buffers);
  if (room) {
    for (size_t i = 0; i < inputs.size(); ++i) g_buffers[i] = declared(inputs[i]);
    for (size_t i = 0; i < outputs.size(); ++i) g_buffers[inputs.size() + i] = declared(outputs[i]);
  }
  {
    Session session;
    if (room) {
      const auto written = session.write(place, {EventKind::kOperation,
                                                 {g_buffers.data(), inputs.size()},
                                                 {g_buffers.data() + inputs.size(), outputs.size()},
                                                 0});
      result = {written.order, written.signature};
    } else {
      session.writer().drop(1, "an event had more buffers than can be kept");
    }
  }
  g_writing.unlock();
  return result;
}

bool wants_replay_of(const char* op) { return settings().wants_replay(text_hash(op)); }

void write_replay(const ForeignPlace& at, const ForeignWritten& written,
                  const ForeignReplay& replay) {
  if (!recording()) return;
  Place place;
  std::memcpy(&place, at.storage, sizeof place);
  ReplayRecord record;
  record.identity = identity_of(place, EventKind::kOperation);
  record.op = place.op;
  record.key = place.key;
  record.lane = place.lane;
  record.step = place.step;
  record.order = written.order;
  record.signature = written.signature;
  record.executions = replay.executions;
  record.distinct = replay.distinct;
  record.unlike = replay.unlike;
  record.worst_output = replay.worst_output;
  Session session;
  session.writer().replay(record);
}

void lose_events(uint64_t events, const char* why) {
  if (!recording()) return;
  Session session;
  session.writer().drop(events, why);
}

namespace {

void tell(SourceKind kind, const char* what, const char* of, uint64_t count) {
  if (!recording()) return;
  Session session;
  session.writer().source(kind, what, of, session.process_step(), session.writer().events(), count);
}

}  // namespace

void tell_coverage(const char* what, const char* of, uint64_t count) {
  tell(SourceKind::kCoverage, what, of, count);
}

void tell_kernel_code(const char* fact, const char* kernel, uint64_t count) {
  tell(SourceKind::kKernelCode, fact, kernel, count);
}

void tell_launched_in(const char* call, const char* kernel, uint64_t count) {
  tell(SourceKind::kLaunchedIn, call, kernel, count);
}

void before_finish(void (*flush)()) { set_flush(flush); }

}  // namespace detaudit::instrument
