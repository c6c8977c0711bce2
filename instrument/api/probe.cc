#include "detaudit/probe.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "instrument/recorder/capture_file.h"
#include "instrument/recorder/declared_buffer.h"
#include "instrument/recorder/digest_crew.h"
#include "instrument/recorder/recorder.h"
#include "instrument/recorder/schedule_point.h"

namespace detaudit::instrument {
namespace {

constexpr uint64_t kBytesUnderLock = 1024;

// The calling thread's lane when an event of its may be recorded now.
ThreadLane* recording_lane(const Inside& inside) {
  if (!inside) {
    count_loss();
    return nullptr;
  }
  ThreadLane* lane = current_lane();
  if (!lane) count_loss();
  return lane && !lane->replaying ? lane : nullptr;
}

Operations::Handle handle_of(detaudit_op* operation) {
  return reinterpret_cast<Operations::Handle>(operation);
}

// An event that has no buffers of the subject's: its digests are its outputs.
void record(EventKind kind, const char* name, std::span<const kernels::Digest> digests,
            double value) {
  Inside inside;
  ThreadLane* lane = recording_lane(inside);
  if (!lane) return;
  DeclaredBuffer outputs[2] = {};
  for (size_t i = 0; i < digests.size(); ++i) {
    outputs[i].name = "";
    outputs[i].digest = digests[i];
  }
  Session session;
  Place place;
  if (!session.place(*lane, kind, name, nullptr, place)) return;
  session.write(place, {kind, {}, {outputs, digests.size()}, value});
}

void begin(const char* op, const char* key, Operations::Handle& handle) {
  Inside inside;
  ThreadLane* lane = recording_lane(inside);
  if (!lane) return;
  Session session;
  Place place;
  if (!session.place(*lane, EventKind::kOperation, op, key, place)) return;
  Operation* operation = session.operations().take(handle);
  if (!operation) {
    session.writer().drop(1, "more operations were open at once than can be kept");
    return;
  }
  operation->place = place;
  operation->belongs_to(*lane);
  std::snprintf(operation->name, sizeof operation->name, "%s", op ? op : "");
}

enum class Side { kInput, kOutput };

void add_buffer(detaudit_op* op, const DeclaredBuffer& buffer, Side side, const char* misused) {
  char name[sizeof Operation::name] = {};
  if (misused) {
    {
      Session session;
      if (Operation* operation = session.operations().find(handle_of(op)))
        std::memcpy(name, operation->name, sizeof name);
    }
    count_misuse(name, side == Side::kInput ? "input" : "output", buffer.name, misused);
  }
  Session session;
  Operation* operation = session.operations().find(handle_of(op));
  if (!operation) return session.writer().drop(1, "a buffer came after its operation had ended");
  bool added = side == Side::kInput ? operation->add_input(buffer) : operation->add_output(buffer);
  if (!added) session.writer().drop(1, "no memory left");
}

void write(Session& session, Operation& operation) {
  session.write(operation.place,
                {EventKind::kOperation, operation.input_span(), operation.output_span(), 0});
  session.operations().give_back(operation);
}

// Takes the lock once when there is little to digest, and never while there is much.
void end(detaudit_op* op) {
  Operation* operation;
  {
    Session session;
    operation = session.operations().find(handle_of(op));
    if (!operation) return;
    uint64_t bytes = 0;
    for (const DeclaredBuffer& output : operation->output_span())
      bytes += output.is_given() ? 0 : output.bytes;
    if (bytes <= kBytesUnderLock && settings().capture_count == 0) {
      digest_buffers(operation->output_span());
      return write(session, *operation);
    }
    operation->state = Operation::State::kEnding;  // ours alone from here
  }
  digest_buffers(operation->output_span());
  capture_outputs(*operation);
  Session session;
  write(session, *operation);
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;
using detaudit::kernels::Digest;

int detaudit_active(void) { return recording() ? 1 : 0; }

void detaudit_step(uint64_t step) {
  if (!recording()) return;
  Inside inside;
  ThreadLane* lane = inside ? current_lane() : nullptr;
  if (!lane || lane->replaying) return;
  Session session;
  session.set_step(*lane, step);
}

detaudit_op* detaudit_op_begin(const char* op, const char* key) {
  if (!recording()) return nullptr;
  Operations::Handle handle = 0;
  begin(op, key, handle);
  return reinterpret_cast<detaudit_op*>(handle);
}

void detaudit_op_input(detaudit_op* op, detaudit_buffer buffer) {
  if (!op || !recording()) return;
  Inside inside;
  if (inside) add_buffer(op, declare_digested(buffer), Side::kInput, misuse(buffer));
}

void detaudit_op_output(detaudit_op* op, detaudit_buffer buffer) {
  if (!op || !recording()) return;
  Inside inside;
  if (inside) add_buffer(op, declare(buffer), Side::kOutput, misuse(buffer));
}

void detaudit_op_input_digest(detaudit_op* op, detaudit_buffer buffer, uint64_t low,
                              uint64_t high) {
  if (!op || !recording()) return;
  Inside inside;
  if (inside) add_buffer(op, declare_given(buffer, {low, high}), Side::kInput, misuse(buffer));
}

void detaudit_op_output_digest(detaudit_op* op, detaudit_buffer buffer, uint64_t low,
                               uint64_t high) {
  if (!op || !recording()) return;
  Inside inside;
  if (inside) add_buffer(op, declare_given(buffer, {low, high}), Side::kOutput, misuse(buffer));
}

void detaudit_op_end(detaudit_op* op) {
  if (!op || !recording()) return;
  Inside inside;
  if (inside) end(op);
}

void detaudit_location(const char* file, uint32_t line) {
  if (!recording()) return;
  Inside inside;
  ThreadLane* lane = inside ? current_lane() : nullptr;
  if (!lane || lane->replaying) return;
  lane->file = file;
  lane->line = line;
}

void detaudit_rng_stream(const char* stream, const void* state, size_t bytes) {
  if (!recording()) return;
  if (!state && bytes > 0) {
    Inside inside;
    if (inside) count_misuse(stream, "generator", stream, "no state");
  }
  Digest digest = detaudit::kernels::digest(state, state ? bytes : 0);
  record(EventKind::kRngStream, stream, {&digest, 1}, 0);
}

void detaudit_batch(const char* dataset, const uint64_t* samples, size_t count) {
  if (!recording()) return;
  if (!samples && count > 0) {
    Inside inside;
    if (inside) count_misuse(dataset, "batch", dataset, "no samples");
    count = 0;
  }
  // Order-free: the plain sum of the samples' own digests, so that batches can be added up.
  Digest sum;
  for (size_t i = 0; i < count; ++i)
    sum = detaudit::kernels::add(sum, detaudit::kernels::digest(&samples[i], sizeof samples[i]));
  Digest digests[2] = {detaudit::kernels::digest(samples, count * sizeof *samples), sum};
  record(EventKind::kBatch, dataset, digests, 0);
}

void detaudit_metric(const char* name, double value) {
  if (!recording()) return;
  Digest digest = detaudit::kernels::digest(&value, sizeof value);
  record(EventKind::kMetric, name, {&digest, 1}, value);
}

void detaudit_lane(const char* name) {
  if (!recording()) return;
  Inside inside;
  ThreadLane* lane = inside ? current_lane() : nullptr;
  if (!lane || lane->replaying) return;
  Session session;
  session.name_lane(*lane, name ? name : "");
}

void detaudit_schedule_point(void) { schedule_point(); }

uint32_t detaudit_workers(uint32_t wanted) {
  if (!recording()) return wanted;
  Inside inside;
  ThreadLane* lane = inside ? current_lane() : nullptr;
  if (lane && lane->one_worker) return std::min(wanted, 1u);
  uint32_t most = settings().workers;
  return most ? std::min(most, wanted) : wanted;
}

void detaudit_parallel(detaudit_parallel_run run, void* pool) {
  if (!recording()) return;
  Inside inside;
  ThreadLane* lane = inside ? current_lane() : nullptr;
  if (!lane) return;
  lane->parallel_run = run;
  lane->pool = pool;
}
