#include "instrument/recorder/lane_operation.h"

#include <algorithm>
#include <cstring>

#include "instrument/recorder/capture_file.h"
#include "instrument/recorder/digest_crew.h"
#include "instrument/recorder/recorder.h"

namespace detaudit::instrument {
namespace {

Operations::Handle handle_of(detaudit_op* operation) {
  return reinterpret_cast<Operations::Handle>(operation);
}

// Under the session's lock, which guards the lane: no thread has it as its own.
bool place_in_lane(Session& session, ThreadLane& lane, EventKind kind, const NodePlace& at,
                   Place& place) {
  lane.file = at.file;
  lane.line = at.line;
  const bool placed = session.place(lane, kind, at.op, at.key, place);
  lane.file = nullptr;
  return placed;
}

uint64_t sample_of(std::span<const BatchPart> parts, uint64_t index) {
  constexpr size_t kMost = 32;
  kernels::Digest digests[kMost];
  const size_t count = std::min(parts.size(), kMost);
  for (size_t i = 0; i < count; ++i) {
    const uint64_t bytes = parts[i].bytes / parts[i].samples;
    digests[i] =
        kernels::digest(static_cast<const unsigned char*>(parts[i].data) + index * bytes, bytes);
  }
  return kernels::combine_ordered({digests, count}).low;
}

}  // namespace

DeclaredBuffer operand(void* data, uint64_t bytes, kernels::DType dtype) {
  if (!data) bytes = 0;
  return {"", data, bytes / kernels::element_bytes(dtype), bytes, dtype, {}};
}

DeclaredBuffer operand(const char* name, const kernels::Digest& digest) {
  return {name, nullptr, sizeof digest, sizeof digest, kernels::DType::kU8, digest};
}

void digest_operands(std::span<DeclaredBuffer> operands) { digest_buffers(operands); }

detaudit_op* begin_in_lane(ThreadLane& lane, const NodePlace& at,
                           std::span<const DeclaredBuffer> inputs) {
  if (!recording()) return nullptr;
  Session session;
  Place place;
  if (!place_in_lane(session, lane, EventKind::kOperation, at, place)) return nullptr;
  Operations::Handle handle = 0;
  Operation* operation = session.operations().take(handle);
  if (!operation) {
    session.writer().drop(1, "more operations were open at once than can be kept");
    return nullptr;
  }
  operation->place = place;
  operation->belongs_to(lane);
  const size_t name = std::min(std::strlen(at.op), sizeof operation->name - 1);
  std::memcpy(operation->name, at.op, name);
  operation->name[name] = '\0';
  for (const DeclaredBuffer& input : inputs)
    if (!operation->add_input(input)) session.writer().drop(1, "no memory left");
  return reinterpret_cast<detaudit_op*>(handle);
}

void end_in_lane(detaudit_op* op, std::span<const DeclaredBuffer> outputs) {
  if (!op || !recording()) return;
  Operation* operation;
  {
    Session session;
    operation = session.operations().find(handle_of(op));
    if (!operation) return session.writer().drop(1, "an operation ended twice");
    for (const DeclaredBuffer& output : outputs)
      if (!operation->add_output(output)) session.writer().drop(1, "no memory left");
    operation->state = Operation::State::kEnding;  // ours alone from here
  }
  if (settings().capture_count > 0) capture_outputs(*operation);
  Session session;
  session.write(operation->place,
                {EventKind::kOperation, operation->input_span(), operation->output_span(), 0});
  session.operations().give_back(*operation);
}

void batch_in_lane(ThreadLane& lane, const NodePlace& at, std::span<const BatchPart> parts) {
  if (!recording()) return;
  uint64_t samples = parts.empty() ? 0 : UINT64_MAX;
  for (const BatchPart& part : parts) samples = std::min(samples, part.samples);
  // Order-free: the plain sum of the samples' own digests, so that batches can be added up.
  kernels::Digest sum, ordered;
  for (uint64_t i = 0; i < samples; ++i) {
    const uint64_t sample = sample_of(parts, i);
    const kernels::Digest digest = kernels::digest(&sample, sizeof sample);
    sum = kernels::add(sum, digest);
    const kernels::Digest chain[2] = {ordered, digest};
    ordered = kernels::combine_ordered(chain);
  }
  DeclaredBuffer outputs[2] = {};
  outputs[0].name = outputs[1].name = "";
  outputs[0].digest = ordered;
  outputs[1].digest = sum;
  Session session;
  Place place;
  if (place_in_lane(session, lane, EventKind::kBatch, at, place))
    session.write(place, {EventKind::kBatch, {}, outputs, 0});
}

kernels::Digest digest_of(std::span<const kernels::Digest> digests) {
  return kernels::combine_ordered(digests);
}

uint64_t hash_of(const void* bytes, size_t count) { return kernels::digest(bytes, count).low; }

}  // namespace detaudit::instrument
