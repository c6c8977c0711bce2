#include "instrument/api/adapter.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "instrument/recorder/capture_file.h"
#include "instrument/recorder/digest_crew.h"
#include "instrument/recorder/facts.h"
#include "instrument/recorder/recorder.h"
#include "instrument/recorder/sources.h"
#include "instrument/recorder/strided_buffer.h"

namespace detaudit::instrument {
namespace {

const char* text_or_empty(const char* text) { return text ? text : ""; }

// The lane of the calling thread with the place that its next event is at; null: nothing to record.
ThreadLane* lane_at(const Inside& inside, const char* file, uint32_t line) {
  if (!inside) {
    count_loss();
    return nullptr;
  }
  ThreadLane* lane = current_lane();
  if (!lane) count_loss();
  if (!lane || lane->replaying) return nullptr;
  lane->file = file;
  lane->line = line;
  return lane;
}

// Buffers in the making, digested while no lock is held. More than fit come in turns.
class Declared {
 public:
  static constexpr uint32_t kMost = 32;
  Declared(const int64_t* words, uint32_t count, const char* names)
      : words_(words), names_(names), left_(words ? count : 0) {}

  bool more() const { return left_ > 0; }
  // The next ones; false: the words made no sense, and what is left of them is not looked at.
  bool take() {
    count_ = 0;
    for (; left_ > 0 && count_ < kMost; --left_) {
      StridedBuffer buffer;
      if (!next_buffer(words_, buffer)) {
        left_ = 0;
        break;
      }
      buffers_[count_++] = declare(buffer, names_ ? names_ : "");
      if (names_) names_ += std::strlen(names_) + 1;
    }
    digest_buffers({buffers_, count_});
    return count_ > 0;
  }
  std::span<const DeclaredBuffer> taken() const { return {buffers_, count_}; }

 private:
  const int64_t* words_;
  const char* names_;
  uint32_t left_;
  uint32_t count_ = 0;
  DeclaredBuffer buffers_[kMost];
};

Operations::Handle handle_of(detaudit_op* operation) {
  return reinterpret_cast<Operations::Handle>(operation);
}

Operation* open_operation(Session& session, ThreadLane& lane, EventKind kind, const char* op,
                          const char* key, Operations::Handle& handle) {
  Place place;
  if (!session.place(lane, kind, op, key, place)) return nullptr;
  Operation* operation = session.operations().take(handle);
  if (!operation) {
    session.writer().drop(1, "more operations were open at once than can be kept");
    return nullptr;
  }
  operation->place = place;
  operation->belongs_to(lane);
  if (kind == EventKind::kOperation) ++lane.adapter_ops;
  const std::string_view name =
      std::string_view(text_or_empty(op)).substr(0, sizeof operation->name - 1);
  std::memcpy(operation->name, name.data(), name.size());
  operation->name[name.size()] = '\0';
  return operation;
}

bool add_all(Operation& operation, const Declared& declared, bool outputs) {
  for (const DeclaredBuffer& buffer : declared.taken())
    if (!(outputs ? operation.add_output(buffer) : operation.add_input(buffer))) return false;
  return true;
}

void write(Session& session, Operation& operation) {
  ThreadLane* lane = current_lane();
  const bool counted = operation.place.kind == EventKind::kOperation && lane == operation.thread;
  if (counted && lane->adapter_ops > 0) --lane->adapter_ops;
  session.write(operation.place,
                {operation.place.kind, operation.input_span(), operation.output_span(), 0});
  session.operations().give_back(operation);
}

detaudit_op* begin_event(EventKind kind, const char* op, const char* key, const char* file,
                         uint32_t line, Declared inputs) {
  Inside inside;
  ThreadLane* lane = lane_at(inside, file, line);
  if (!lane) return nullptr;
  inputs.take();
  Operations::Handle handle = 0;
  Operation* operation;
  {
    Session session;
    operation = open_operation(session, *lane, kind, op, key, handle);
    if (!operation) return nullptr;
    if (!add_all(*operation, inputs, false)) session.writer().drop(1, "no memory left");
  }
  while (inputs.more() &&
         inputs.take()) {  // its inputs are ours to add: nobody else has the handle
    if (!add_all(*operation, inputs, false)) Session().writer().drop(1, "no memory left");
  }
  return reinterpret_cast<detaudit_op*>(handle);
}

// An event whose digests are its outputs.
void record(ThreadLane& lane, EventKind kind, const char* name, const char* key,
            std::span<const kernels::Digest> digests, double value) {
  DeclaredBuffer outputs[2] = {};
  for (size_t i = 0; i < digests.size(); ++i) {
    outputs[i].name = "";
    outputs[i].digest = digests[i];
  }
  Session session;
  Place place;
  if (session.place(lane, kind, name, key, place))
    session.write(place, {kind, {}, {outputs, digests.size()}, value});
}

// What a sample is known by: the digest of its parts.
uint64_t sample_of(std::span<const StridedBuffer> buffers, uint64_t index) {
  kernels::Digest parts[Declared::kMost];
  for (size_t i = 0; i < buffers.size(); ++i) parts[i] = digest(buffers[i].part(index));
  return kernels::combine_ordered({parts, buffers.size()}).low;
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;
using detaudit::kernels::Digest;

int detaudit_adapter_open(uint32_t version, const char* who) {
  if (!recording() || version != DETAUDIT_ADAPTER_VERSION) return 0;
  Inside inside;
  if (!inside) return 0;
  adapter_opened();
  note_text(SourceKind::kAdapter, "adapter", text_or_empty(who), 1);
  return 1;
}

detaudit_op* detaudit_adapter_begin(const char* op, const char* key, const char* file,
                                    uint32_t line, const int64_t* buffers, uint32_t count,
                                    const char* names) {
  if (!recording()) return nullptr;
  return begin_event(EventKind::kOperation, op, key, file, line, {buffers, count, names});
}

detaudit_op* detaudit_adapter_begin_collective(const char* op, const char* key, const char* file,
                                               uint32_t line, const int64_t* buffers,
                                               uint32_t count) {
  if (!recording()) return nullptr;
  return begin_event(EventKind::kCollective, op, key, file, line, {buffers, count, nullptr});
}

void detaudit_adapter_aside(int entered) {
  if (!recording()) return;
  Inside inside;
  if (!inside) return;
  ThreadLane* lane = current_lane();
  if (!lane) return;
  if (entered) ++lane->adapter_ops;
  if (!entered && lane->adapter_ops > 0) --lane->adapter_ops;
}

void detaudit_adapter_phase(uint32_t phase) {
  if (!recording() || phase > DETAUDIT_PHASE_GRADIENTS_OFF) return;
  Inside inside;
  if (!inside) return;
  if (ThreadLane* lane = current_lane()) lane->phase = static_cast<Phase>(phase);
}

void detaudit_adapter_end(detaudit_op* op, const int64_t* buffers, uint32_t count,
                          const char* names) {
  if (!op || !recording()) return;
  Inside inside;
  if (!inside) return;
  Declared outputs(buffers, count, names);
  outputs.take();
  Operation* operation;
  {
    Session session;
    operation = session.operations().find(handle_of(op));
    if (!operation) return session.writer().drop(1, "an operation ended twice");
    if (!add_all(*operation, outputs, true)) session.writer().drop(1, "no memory left");
    if (!outputs.more() && settings().capture_count == 0) return write(session, *operation);
    operation->state = Operation::State::kEnding;  // ours alone from here
  }
  while (outputs.more() && outputs.take()) {
    if (!add_all(*operation, outputs, true)) Session().writer().drop(1, "no memory left");
  }
  capture_outputs(*operation);
  Session session;
  write(session, *operation);
}

int detaudit_adapter_replays(const char* op) {
  if (!recording() || settings().replays == 0) return 0;
  return !op || settings().wants_replay(text_hash(op)) ? 1 : 0;
}

uint64_t detaudit_adapter_schedule_seed(void) {
  return recording() ? settings().schedule_seed : 0;
}

void detaudit_adapter_state(const char* stream, const char* key, const char* file, uint32_t line,
                            const void* state, size_t bytes) {
  if (!recording()) return;
  Inside inside;
  ThreadLane* lane = lane_at(inside, file, line);
  if (!lane) return;
  const Digest digest = detaudit::kernels::digest(state, state ? bytes : 0);
  record(*lane, EventKind::kRngStream, stream, key, {&digest, 1}, 0);
}

void detaudit_adapter_batch(const char* dataset, const char* key, const char* file, uint32_t line,
                            const int64_t* buffers, uint32_t count) {
  if (!recording()) return;
  Inside inside;
  ThreadLane* lane = lane_at(inside, file, line);
  if (!lane) return;
  StridedBuffer parts[Declared::kMost];
  uint64_t samples = UINT64_MAX;
  uint32_t taken = 0;
  for (; buffers && taken < std::min(count, Declared::kMost); ++taken) {
    StridedBuffer& part = parts[taken];
    if (!next_buffer(buffers, part)) break;
    const bool any = part.data && part.dimensions > 0 && part.items() > 0;
    samples = std::min(samples, any ? static_cast<uint64_t>(part.sizes[0]) : 0);
  }
  if (taken == 0) samples = 0;
  // Order-free: the plain sum of the samples' own digests, so that batches can be added up.
  Digest sum, ordered;
  for (uint64_t i = 0; i < samples; ++i) {
    const uint64_t sample = sample_of({parts, taken}, i);
    const Digest digest = detaudit::kernels::digest(&sample, sizeof sample);
    sum = detaudit::kernels::add(sum, digest);
    const Digest chain[2] = {ordered, digest};
    ordered = detaudit::kernels::combine_ordered(chain);
  }
  const Digest digests[2] = {ordered, sum};
  record(*lane, EventKind::kBatch, dataset, key, digests, 0);
}

void detaudit_adapter_metric(const char* name, const char* file, uint32_t line, double value) {
  if (!recording()) return;
  Inside inside;
  ThreadLane* lane = lane_at(inside, file, line);
  if (!lane) return;
  const Digest digest = detaudit::kernels::digest(&value, sizeof value);
  record(*lane, EventKind::kMetric, name, nullptr, {&digest, 1}, value);
}

void detaudit_adapter_note(uint32_t note, const char* what, const char* of, uint64_t count) {
  if (!recording()) return;
  Inside inside;
  if (!inside) return count_loss();
  switch (note) {
    case DETAUDIT_NOTE_ENTROPY:
    case DETAUDIT_NOTE_CLOCK:
    case DETAUDIT_NOTE_SETTING:
    case DETAUDIT_NOTE_ADAPTER:
    case DETAUDIT_NOTE_UNSEEN:
    case DETAUDIT_NOTE_PHASE:
    case DETAUDIT_NOTE_UNORDERED:
      note_text(static_cast<SourceKind>(note), text_or_empty(what), text_or_empty(of), count);
      break;
    case DETAUDIT_NOTE_PRINTED:
    case DETAUDIT_NOTE_OPENED:
      note_fact(static_cast<SourceKind>(note), text_or_empty(what), text_or_empty(of), count);
  }
}

int detaudit_adapter_audit(const char* event, void* arguments, void* told) {
  if (std::strcmp(event, "open") == 0) reinterpret_cast<void (*)(void*)>(told)(arguments);
  return 0;
}
