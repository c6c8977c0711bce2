#include "instrument/recorder/recorder.h"

#include <pthread.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <new>

#include "instrument/recorder/digest_crew.h"
#include "instrument/recorder/process_trace.h"
#include "instrument/recorder/replay.h"
#include "instrument/recorder/schedule_point.h"
#include "instrument/recorder/sources.h"

namespace detaudit::instrument {

constinit std::atomic<bool> g_recording{false};

namespace {

struct Recorder {
  FutexLock lock;
  TraceWriter* writer;
  Operations operations;
  Occurrences occurrences;
  PageArray<BufferView> views;
  PageArray<kernels::Digest> digests;
  uint64_t step;  // the process's: of threads that named none
  uint32_t rewinds;
  const ThreadLane* step_owner;
  uint32_t file_generation;
  uint32_t children;
  std::atomic<uint32_t> started;  // programs
  FutexLock start_lock;           // one name is offered at a time
  ThreadLane* first_lane;
  pid_t process;
  std::atomic<uint64_t> losses;
  char name[kProcessNameBytes];
};
constinit std::atomic<void (*)()> g_flush{nullptr};
constinit Recorder g_recorder{};  // used before constructors of this library run

uint64_t mixed(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
  return hash ^ (hash >> 32);
}

const char* text_or_empty(const char* text) { return text ? text : ""; }

// Set between the two halves of a fork: a signal handler may fork while its thread is inside.
thread_local bool t_forking = false;

void lock_for_fork() {
  if (t_inside) return;
  t_forking = t_inside = true;
  pause_digest_crew();
  g_recorder.lock.lock();
}

void unlock_in_parent() {
  if (!t_forking) return;
  ++g_recorder.children;
  g_recorder.lock.unlock();
  resume_digest_crew();
  t_forking = t_inside = false;
}

// Moves this process on to a trace of its own; without one, its parent's says that events are lost.
bool open_own_trace(Recorder& recorder) {
  char name[kProcessNameBytes];
  TraceWriter* fresh = new (std::nothrow) TraceWriter;
  bool opened = fresh && open_child_trace(*fresh, settings().directory, recorder.name,
                                          recorder.children + 1, name);
  if (!opened) recorder.writer->drop(1, "a child process could not open its trace");
  recorder.writer->abandon();
  if (!opened) {
    delete fresh;
    return false;
  }
  delete recorder.writer;
  recorder.writer = fresh;
  std::memcpy(recorder.name, name, sizeof name);
  return true;
}

void begin_in_child() {
  Recorder& recorder = g_recorder;
  bool interrupted_us = !t_forking;  // then the lock's holder may be this very thread
  recorder.lock.reset();
  recorder.start_lock.reset();
  set_flush(nullptr);  // the parent's devices are not ours
  restart_digest_crew();
  if (recording() && (interrupted_us || !open_own_trace(recorder))) {
    if (interrupted_us) recorder.writer->abandon();
    g_recording.store(false);
  }
  if (recording()) {
    ++recorder.file_generation;
    recorder.process = getpid();
    recorder.children = 0;
    recorder.started = 0;
    recorder.occurrences.clear();
    restart_lanes(recorder.name);
    restart_sources();
    restart_replays();
    recorder.first_lane = current_lane();
    if (recorder.step_owner) recorder.step_owner = recorder.first_lane;
  }
  if (t_forking) t_forking = t_inside = false;
}

}  // namespace

Session::Session() {
  g_recorder.lock.lock();
  if (g_recorder.losses.load(std::memory_order_relaxed)) [[unlikely]]
    g_recorder.writer->drop(g_recorder.losses.exchange(0), "called from within itself");
}

Session::~Session() { g_recorder.lock.unlock(); }

TraceWriter& Session::writer() { return *g_recorder.writer; }
Operations& Session::operations() { return g_recorder.operations; }
uint64_t Session::process_step() const { return g_recorder.step; }

void Session::name_lane(ThreadLane& lane, const char* name) {
  char process[kProcessNameBytes + 1];
  std::snprintf(process, sizeof process, "%s:", g_recorder.name);
  rename_lane(lane, process, name);
}

void Session::set_step(ThreadLane& lane, uint64_t step) {
  Recorder& recorder = g_recorder;
  if (lane.own_step && step < lane.step) ++lane.rewinds;
  lane.own_step = 1;
  lane.step = step;
  // Threads that name no step follow the process's first thread, or else the first to name one.
  if (!recorder.step_owner || &lane == recorder.first_lane) recorder.step_owner = &lane;
  if (recorder.step_owner != &lane) return;
  recorder.step = step;
  recorder.rewinds = lane.rewinds;
}

bool Session::place(ThreadLane& lane, EventKind kind, const char* op, const char* key,
                    Place& place) {
  Recorder& recorder = g_recorder;
  place.step = lane.own_step ? lane.step : recorder.step;
  if (place.step > settings().stop_after_step) {
    // Not recorded, but seen: who waits for the last step to pass looks at the header.
    lane.file = nullptr;
    recorder.writer->reach(place.step);
    return false;
  }
  if (lane.id == 0 || lane.file_generation != recorder.file_generation) {
    lane.id = recorder.writer->lane(lane.name);
    lane.file_generation = recorder.file_generation;
  }
  op = text_or_empty(op);
  key = text_or_empty(key);
  place.lane = lane.id;
  place.lane_hash = lane.name_hash;
  place.process_hash = lane.process_hash;
  place.file_generation = recorder.file_generation;
  place.op = recorder.writer->intern(op, place.op_hash);
  place.key = recorder.writer->intern(key, place.key_hash);
  place.file = lane.file ? recorder.writer->intern(lane.file) : 0;
  place.line = lane.line;
  place.kind = kind;
  place.phase = lane.phase;
  lane.file = nullptr;
  uint64_t event = mixed(mixed(mixed(place.lane_hash, place.op_hash), place.key_hash),
                         static_cast<uint64_t>(kind));
  uint64_t rewinds = lane.own_step ? lane.rewinds : recorder.rewinds;
  place.occurrence = rewinds << 32 | recorder.occurrences.count(mixed(event, rewinds), place.step);
  return true;
}

Session::Written Session::write(const Place& place, const EventContent& content) {
  Recorder& recorder = g_recorder;
  Written written{recorder.writer->events(), 0};
  if (place.file_generation != recorder.file_generation) return written;  // begun before a fork
  size_t inputs = content.inputs.size(), buffers = inputs + content.outputs.size();
  if (!recorder.views.reserve(buffers) || !recorder.digests.reserve(buffers)) {
    recorder.writer->drop(1, "no memory left");
    return written;
  }
  for (size_t at = 0; at < buffers; ++at) {
    const DeclaredBuffer& buffer = at < inputs ? content.inputs[at] : content.outputs[at - inputs];
    recorder.views[at] = {buffer.name, buffer.dtype, buffer.elements};
    recorder.digests[at] = buffer.digest;
  }
  std::span<const BufferView> views(recorder.views.data(), buffers);
  std::span<const kernels::Digest> digests(recorder.digests.data(), buffers);
  Event event;
  event.kind = content.kind;
  event.phase = place.phase;
  event.lane = place.lane;
  event.op = place.op;
  event.key = place.key;
  event.file = place.file;
  event.line = place.line;
  event.step = place.step;
  event.occurrence = place.occurrence;
  event.value = content.value;
  if (content.kind == EventKind::kOperation)
    event.signature = recorder.writer->signature(views.first(inputs), views.subspan(inputs));
  event.inputs = digests.first(inputs);
  event.outputs = digests.subspan(inputs);
  recorder.writer->event(event);
  written.signature = event.signature;
  return written;
}

uint64_t identity_of(const Place& place, EventKind kind) {
  return identity_hash(place.lane_hash, kind, place.op_hash, place.key_hash, place.step,
                       place.occurrence);
}

uint64_t identity_without_lane_of(const Place& place, EventKind kind) {
  return identity_without_lane(place.process_hash, kind, place.op_hash, place.key_hash, place.step,
                               place.occurrence);
}

void begin_program() {
  // A vfork's child: our memory, another process.
  if (g_recorder.process == getpid() || has_name(settings().directory)) return;
  name_started_process(settings().directory, g_recorder.name, g_recorder.started.fetch_add(1));
}

uint32_t begin_start() {
  if (!recording() || g_recorder.process != getpid()) return kNoStart;
  g_recorder.start_lock.lock();
  const uint32_t number = g_recorder.started.fetch_add(1);
  const bool offered = offer_name(settings().directory, g_recorder.name, number);
  g_recorder.start_lock.unlock();
  return offered ? number : kNoStart;
}

void end_start(uint32_t number, bool gone) {
  if (number == kNoStart || !gone || !recording()) return;
  g_recorder.start_lock.lock();
  withdraw_name(settings().directory, g_recorder.name, number);
  g_recorder.start_lock.unlock();
}

void set_flush(void (*flush)()) { g_flush.store(flush); }

void count_loss() { g_recorder.losses.fetch_add(1, std::memory_order_relaxed); }

void start_recording() {
  Inside inside;
  if (!inside || recording() || !load_settings()) return;
  Recorder& recorder = g_recorder;
  recorder.writer = new (std::nothrow) TraceWriter;
  if (!recorder.writer) return;
  if (!open_first_trace(*recorder.writer, settings().directory, recorder.name)) return;
  recorder.file_generation = 1;
  recorder.process = getpid();
  start_lanes(recorder.name);
  recorder.first_lane = current_lane();
  if (!recorder.first_lane) return;
  if (settings().schedule_seed) perturb_schedule_points();
  pthread_atfork(lock_for_fork, unlock_in_parent, begin_in_child);
  g_recording.store(true, std::memory_order_release);
}

void finish_recording() {
  Inside inside;
  if (inside) finish_from_inside();
}

void finish_from_inside() {
  Recorder& recorder = g_recorder;
  // A vfork's child has our memory, but not our end.
  if (!recording() || recorder.process != getpid()) return;
  ThreadLane* lane = current_lane();
  if (auto flush = g_flush.exchange(nullptr)) flush();
  if (has_no_adapter())
    note_text(SourceKind::kAdapterUnseen,
              "operations and generators of an interpreter without an adapter",
              "started with -I, -E or -S, or with another PYTHONPATH", 1);
  Session session;
  if (!recording()) return;
  g_recording.store(false);
  // What this thread exits in the middle of is lost, and what others have left behind.
  if (uint32_t lost = lane ? session.operations().lost_with(*lane, recorder.file_generation) : 0)
    session.writer().drop(lost, "operations were begun and never ended");
  write_sources(session.writer());
  session.writer().finish();
  forget_process(settings().directory);
}

}  // namespace detaudit::instrument

__attribute__((constructor)) static void start_with_the_process() {
  detaudit::instrument::start_recording();
}

__attribute__((destructor)) static void finish_with_the_process() {
  detaudit::instrument::finish_recording();
}
