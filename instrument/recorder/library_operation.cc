#include "instrument/recorder/library_operation.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "detaudit/probe.h"
#include "instrument/recorder/capture_file.h"
#include "instrument/recorder/digest_crew.h"
#include "instrument/recorder/recorder.h"

namespace detaudit::instrument {
namespace {

using kernels::Digest;
using kernels::kDigestChunkBytes;

uint64_t element_bytes(const CallBuffer& buffer) {
  return buffer.parts * kernels::element_bytes(buffer.dtype);
}

// Memory to gather into, kept for the next time: one piece a thread at work.
constinit std::atomic<unsigned char*> g_kept[8]{};

class Scratch {
 public:
  Scratch() {
    for (auto& kept : g_kept)
      if (kept.load(std::memory_order_relaxed) && (memory_ = kept.exchange(nullptr))) return;
    void* pages = mmap(nullptr, kDigestChunkBytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages != MAP_FAILED) memory_ = static_cast<unsigned char*>(pages);
  }
  ~Scratch() {
    if (!memory_) return;
    for (auto& kept : g_kept)
      if (unsigned char* none = nullptr; kept.compare_exchange_strong(none, memory_)) return;
    munmap(memory_, kDigestChunkBytes);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  unsigned char* memory() const { return memory_; }

 private:
  unsigned char* memory_ = nullptr;
};

// The digest of bytes that come in pieces: that of all of them in one stretch.
class GatheredDigest {
 public:
  explicit GatheredDigest(unsigned char* scratch) : scratch_(scratch) {}
  void take(const unsigned char* data, uint64_t bytes) {
    while (bytes > 0) {
      const uint64_t here = std::min<uint64_t>(bytes, kDigestChunkBytes - used_);
      // Most pieces of vectors are one number.
      if (here == 8)
        std::memcpy(scratch_ + used_, data, 8);
      else
        std::memcpy(scratch_ + used_, data, here);
      used_ += here;
      data += here;
      bytes -= here;
      if (used_ == kDigestChunkBytes) flush();
    }
  }
  Digest finish() {
    if (used_ > 0) flush();
    return kernels::finish(sum_, total_);
  }

 private:
  void flush() {
    sum_ = kernels::add(sum_, kernels::chunk_digest(scratch_, used_, chunks_++));
    total_ += used_;
    used_ = 0;
  }
  unsigned char* scratch_;
  Digest sum_;
  uint64_t used_ = 0, chunks_ = 0, total_ = 0;
};

// First and last + 1 of the elements of run `run`.
struct Stretch {
  uint64_t begin, end;
};
Stretch stretch_of(const CallBuffer& buffer, uint64_t run) {
  const uint64_t skipped = buffer.without_diagonal ? 1 : 0;
  switch (buffer.part) {
    case CallBuffer::Part::kAll:
      break;
    case CallBuffer::Part::kToDiagonal:
      return {0, std::min(buffer.length, run + 1 - skipped)};
    case CallBuffer::Part::kFromDiagonal:
      return {std::min(buffer.length, run + skipped), buffer.length};
  }
  return {0, buffer.length};
}

Digest gathered(const CallBuffer& buffer) {
  Scratch scratch;
  if (!scratch.memory()) {
    Session().writer().drop(1, "no memory left");
    return {};
  }
  GatheredDigest digest(scratch.memory());
  const uint64_t size = element_bytes(buffer);
  const auto* run = static_cast<const unsigned char*>(buffer.data);
  for (uint64_t j = 0; j < buffer.runs; ++j, run += buffer.stride * size) {
    const Stretch stretch = stretch_of(buffer, j);
    digest.take(run + stretch.begin * size, (stretch.end - stretch.begin) * size);
  }
  return digest.finish();
}

// Digested; the big ones in one stretch by several threads.
DeclaredBuffer digested(const CallBuffer& buffer) {
  DeclaredBuffer declared{};
  declared.name = buffer.name;
  declared.dtype = buffer.dtype;
  declared.elements = buffer.elements() * buffer.parts;
  declared.bytes = declared.elements * kernels::element_bytes(buffer.dtype);
  if (buffer.gap_free()) {
    declared.data = const_cast<void*>(buffer.data);
    digest_buffers({&declared, 1});
  } else {
    declared.digest = gathered(buffer);
  }
  return declared;
}

struct Buffers {
  DeclaredBuffer list[kMostCallBuffers];
  size_t count = 0;
  void digest(std::span<const CallBuffer> buffers) {
    count = std::min(buffers.size(), kMostCallBuffers);
    for (size_t i = 0; i < count; ++i) list[i] = digested(buffers[i]);
    if (count < buffers.size())
      Session().writer().drop(1, "a library call had more buffers than can be kept");
  }
  std::span<const DeclaredBuffer> span() const { return {list, count}; }
};

bool all_gap_free(std::span<const CallBuffer> buffers) {
  return buffers.size() <= kMostCallBuffers &&
         std::all_of(buffers.begin(), buffers.end(),
                     [](const CallBuffer& buffer) { return buffer.gap_free(); });
}

static_assert(static_cast<int>(kernels::DType::kF64) == DETAUDIT_F64);

size_t as_declared(std::span<const CallBuffer> from, detaudit_buffer* to) {
  for (const CallBuffer& buffer : from) {
    *to++ = {buffer.name, const_cast<void*>(buffer.data), buffer.elements() * buffer.parts,
             static_cast<detaudit_dtype>(buffer.dtype)};
  }
  return from.size();
}

// Through the API that executes operations again.
void run_replayable(const char* name, const char* key, std::span<const CallBuffer> inputs,
                    std::span<const CallBuffer> outputs, void (*body)(void*), void* context) {
  detaudit_buffer in[kMostCallBuffers], out[kMostCallBuffers];
  const size_t n_in = as_declared(inputs, in), n_out = as_declared(outputs, out);
  detaudit_op_run(name, key, in, n_in, out, n_out, body, context);
}

enum class How { kUnrecorded, kOnce, kReplayable };

// How the calling thread's call is executed; digests `inputs` where that is our part.
How prepare(EventKind kind, std::span<const CallBuffer> inputs, std::span<const CallBuffer> outputs,
            ThreadLane*& lane, Buffers& in) {
  Inside inside;
  if (!inside || !recording()) return How::kUnrecorded;
  lane = current_lane();
  if (!lane || lane->replaying) return How::kUnrecorded;
  if (kind == EventKind::kOperation && lane->adapter_ops > 0) return How::kUnrecorded;
  const bool looked_at =
      kind == EventKind::kOperation && (settings().replays > 0 || settings().capture_count > 0);
  if (looked_at && all_gap_free(inputs) && all_gap_free(outputs)) return How::kReplayable;
  in.digest(inputs);
  return How::kOnce;
}

void write_event(ThreadLane& lane, EventKind kind, const char* name, const char* key,
                 const Buffers& inputs, const Buffers& outputs) {
  Session session;
  Place place;
  if (!session.place(lane, kind, name, key, place)) return;
  session.write(place, {kind, inputs.span(), outputs.span(), 0});
}

}  // namespace

uint64_t CallBuffer::elements() const {
  if (part == Part::kAll) return runs * length;
  uint64_t sum = 0;
  for (uint64_t run = 0; run < runs; ++run) {
    const Stretch stretch = stretch_of(*this, run);
    sum += stretch.end - stretch.begin;
  }
  return sum;
}

bool CallBuffer::gap_free() const {
  return part == Part::kAll && (runs <= 1 || length == 0 || stride == length);
}

void run_library_operation(EventKind kind, const char* name, const char* key,
                           std::span<const CallBuffer> inputs, std::span<const CallBuffer> outputs,
                           void (*body)(void*), void* context) {
  ThreadLane* lane = nullptr;
  Buffers in;
  const How how = prepare(kind, inputs, outputs, lane, in);
  if (how == How::kReplayable) return run_replayable(name, key, inputs, outputs, body, context);
  body(context);
  if (how == How::kUnrecorded) return;
  Inside inside;
  if (!inside || !recording()) return;
  Buffers out;
  out.digest(outputs);
  write_event(*lane, kind, name, key, in, out);
}

uintptr_t begin_library_operation(EventKind kind, const char* name, const char* key,
                                  std::span<const CallBuffer> inputs) {
  ThreadLane* lane = nullptr;
  Buffers in;
  if (prepare(EventKind::kCollective, inputs, {}, lane, in) == How::kUnrecorded) return 0;
  Inside inside;
  Session session;
  Place place;
  if (!session.place(*lane, kind, name, key, place)) return 0;
  Operations::Handle handle = 0;
  Operation* operation = session.operations().take(handle);
  if (!operation) {
    session.writer().drop(1, "more operations were open at once than can be kept");
    return 0;
  }
  operation->place = place;
  operation->belongs_to(*lane);
  for (const DeclaredBuffer& input : in.span())
    if (!operation->add_input(input)) session.writer().drop(1, "no memory left");
  return handle;
}

void end_library_operation(EventKind kind, uintptr_t event, std::span<const CallBuffer> outputs) {
  Inside inside;
  if (!inside || !recording()) return;
  Buffers out;
  out.digest(outputs);
  Session session;
  Operation* operation = session.operations().find(event);
  if (!operation) return;
  session.write(operation->place, {kind, operation->input_span(), out.span(), 0});
  session.operations().give_back(*operation);
}

void forget_library_operation(uintptr_t event) {
  Inside inside;
  if (!inside || !recording()) return;
  Session session;
  session.writer().drop(1, "more collectives were under way at once than can be kept");
  if (Operation* operation = session.operations().find(event))
    session.operations().give_back(*operation);
}

void count_missing_function(const char* name) {
  char reason[128];
  std::snprintf(reason, sizeof reason, "`%.60s` was called, and no library has it", name);
  Session().writer().drop(1, reason);
}

}  // namespace detaudit::instrument
