#include "instrument/recorder/replay.h"

#include <cxxabi.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "instrument/recorder/buffer_copies.h"
#include "instrument/recorder/digest_crew.h"
#include "instrument/recorder/schedule_point.h"
#include "instrument/recorder/settings.h"
#include "kernels/magnitude.h"

namespace detaudit::instrument {
namespace {

constexpr size_t kShapes = 4096;
constexpr uint32_t kOccurrences = 2;
constexpr uint32_t kLeastReplays = 16; // of an op not replayed yet, whatever the budget
constexpr double kTimesTheRun = 4.0;
constexpr double kFreeSeconds = 1.0;
constexpr size_t kKeptBytes = size_t{8} << 20;

struct Shape {
  uint64_t hash;  // 0: free
  uint32_t occurrences;
  bool varied;
};

// Held by the one thread that replays; guards what follows.
constinit FutexLock g_replaying;
constinit PageArray<Shape> g_shapes;
constinit BufferCopies g_copies;
constinit PageArray<kernels::Digest> g_distinct;
constinit PageArray<kernels::Digest> g_outputs;
constinit PageArray<kernels::Magnitude> g_magnitudes;
double g_started = 0;
double g_spent = 0;

double now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

bool within_budget() {
  return g_spent <= kTimesTheRun * (now() - g_started - g_spent) + kFreeSeconds;
}

uint64_t mixed(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
  return hash ^ (hash >> 32);
}

uint64_t shape_hash(const Operation& operation) {
  uint64_t hash = mixed(operation.place.op_hash, operation.input_count);
  for (const auto& side : {operation.input_span(), operation.output_span()})
    for (const DeclaredBuffer& buffer : side) {
      hash = mixed(hash, text_hash(buffer.name));
      hash = mixed(hash, buffer.elements << 3 ^ static_cast<uint64_t>(buffer.dtype));
    }
  return hash | 1;
}

// Null when more distinct shapes came than are kept count of.
Shape* find_shape(uint64_t hash) {
  if (!g_shapes.reserve(kShapes)) return nullptr;
  for (size_t probe = 0; probe < 64; ++probe) {
    Shape& shape = g_shapes[(hash + probe) % kShapes];
    if (shape.hash == 0) shape.hash = hash;
    if (shape.hash == hash) return &shape;
  }
  return nullptr;
}

}  // namespace

struct Replay::Result {
  uint32_t executions = 0;
  uint32_t distinct = 0;
  uint32_t worst = 0;
  BufferCopies::Copy reference = BufferCopies::kFirst;
  double seconds = 0;

  void start(size_t outputs) {
    if (g_magnitudes.reserve(outputs))
      std::fill_n(g_magnitudes.data(), outputs, kernels::Magnitude{});
  }
  // Digests `outputs` as they are now; true when no earlier execution gave the same.
  bool note(std::span<const DeclaredBuffer> outputs) {
    ++executions;
    if (!g_outputs.reserve(outputs.size()) || !g_distinct.reserve(distinct + 1)) return false;
    for (size_t i = 0; i < outputs.size(); ++i) {
      DeclaredBuffer output = outputs[i];
      digest_buffers({&output, 1});
      g_outputs[i] = output.digest;
    }
    kernels::Digest all = kernels::combine_ordered({g_outputs.data(), outputs.size()});
    kernels::Digest* end = g_distinct.data() + distinct;
    if (std::find(g_distinct.data(), end, all) != end) return false;
    g_distinct[distinct++] = all;
    return true;
  }
  // How far `outputs` are from the reference execution.
  void measure(std::span<const DeclaredBuffer> outputs) {
    if (g_magnitudes.capacity() < outputs.size()) return;
    for (size_t i = 0; i < outputs.size(); ++i) {
      const DeclaredBuffer& output = outputs[i];
      if (output.bytes == 0) continue;
      g_magnitudes[i] = kernels::merge(
          g_magnitudes[i], kernels::compare_buffers(g_copies.at(reference, output), output.data,
                                                    output.elements, output.dtype));
      const kernels::Magnitude &here = g_magnitudes[i], &most = g_magnitudes[worst];
      if (std::pair(here.max_ulp, here.differing) > std::pair(most.max_ulp, most.differing))
        worst = static_cast<uint32_t>(i);
    }
  }
};

double Execution::run() const {
  double begin = now();
  t_inside = false;
  body(context);
  t_inside = true;
  return now() - begin;
}

Replay::Replay(ThreadLane& lane, const Operation& operation) : lane_(lane) {
  if (!settings().wants_replay(operation.place.op_hash) || !g_replaying.try_lock()) return;
  if (g_started == 0) g_started = now();
  shape_ = shape_hash(operation);
  Shape* shape = find_shape(shape_);
  if (shape && shape->occurrences < kOccurrences && !shape->varied) {
    first_of_shape_ = shape->occurrences == 0;
    if (first_of_shape_ || within_budget())
      plan_ = g_copies.cover(operation.input_span(), operation.output_span()) ? Plan::kRun
                                                                              : Plan::kTooBig;
    if (plan_ == Plan::kTooBig && !first_of_shape_) plan_ = Plan::kNone;
    if (plan_ != Plan::kNone) ++shape->occurrences;
  }
  if (plan_ == Plan::kRun) g_copies.save(BufferCopies::kBefore);
  entropy_before_ = lane.entropy_draws;
  clock_before_ = lane.clock_readings;
  if (plan_ == Plan::kNone) {
    g_replaying.unlock();
  }
}

Replay::~Replay() {
  if (plan_ == Plan::kNone) return;
  g_copies.trim(kKeptBytes);
  g_replaying.unlock();
}

void Replay::after(const Operation& operation, Session::Written written, const Execution& execution,
                   double first_seconds) {
  if (plan_ == Plan::kNone) return;
  Result result;
  result.seconds = first_seconds;
  if (plan_ == Plan::kTooBig) {
    result.executions = result.distinct = 1;
    return write(operation, written, ReplayMode::kFree, result);
  }
  uint64_t entropy_after = lane_.entropy_draws, clock_after = lane_.clock_readings;
  g_copies.save(BufferCopies::kFirst);
  ++lane_.replaying;
  result.start(operation.output_count);
  result.note(operation.output_span());
  {
    ProvokedSchedule provoked;
    run_mode(ReplayMode::kFree, operation, execution, result);
  }
  write(operation, written, ReplayMode::kFree, result);
  if (result.distinct > 1) {
    find_shape(shape_)->varied = true;
    Result alone;
    alone.reference = BufferCopies::kReference;
    alone.start(operation.output_count);
    ++lane_.one_worker;
    run_mode(ReplayMode::kOneWorker, operation, execution, alone);
    --lane_.one_worker;
    write(operation, written, ReplayMode::kOneWorker, alone);
  }
  g_copies.restore(BufferCopies::kFirst);
  --lane_.replaying;
  lane_.entropy_draws = entropy_after;
  lane_.clock_readings = clock_after;
}

void Replay::run_mode(ReplayMode mode, const Operation& operation, const Execution& execution,
                      Result& result) {
  uint32_t wanted = settings().replays + 1, least = std::min(settings().replays, kLeastReplays) + 1;
  while (result.executions < wanted) {
    if (result.executions >= least && !within_budget()) break;
    double begin = now();
    g_copies.restore(BufferCopies::kBefore);
    lane_.entropy_draws = entropy_before_;
    lane_.clock_readings = clock_before_;
    if (!execute_again(execution, result.seconds)) break;
    if (result.note(operation.output_span()) && result.executions > 1)
      result.measure(operation.output_span());
    if (mode == ReplayMode::kOneWorker && result.executions == 1)
      g_copies.save(BufferCopies::kReference);
    g_spent += now() - begin;
  }
}

// A replay that throws is over; the subject must not notice, except by being cancelled.
bool Replay::execute_again(const Execution& execution, double& seconds) {
  try {
    seconds += execution.run();
    return true;
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (...) {
    t_inside = true;
    return false;
  }
}

// What a difference in the worst output is to be seen against: the change made in place, or for a
// fresh output the larger of its own scale and the smallest scale among the inputs. The latter, as
// a sum that cancels to almost nothing is still rounded at the scale of its terms.
double Replay::change_of(const Operation& operation, const Result& result) const {
  const DeclaredBuffer& output = operation.outputs[result.worst];
  double terms = std::numeric_limits<double>::infinity();
  for (const DeclaredBuffer& input : operation.input_span()) {
    if (input.data == output.data && output.bytes > 0)
      return kernels::compare_buffers(g_copies.at(BufferCopies::kBefore, output),
                                      g_copies.at(result.reference, output), output.elements,
                                      output.dtype)
          .max_abs;
    if (!kernels::is_float(input.dtype) || input.bytes == 0) continue;
    const void* bytes = g_copies.at(BufferCopies::kBefore, input);
    terms = std::min(terms,
                     kernels::compare_buffers(bytes, bytes, input.elements, input.dtype).scale);
  }
  const double own = g_magnitudes[result.worst].scale;
  return std::isfinite(terms) ? std::max(own, terms) : own;
}

void Replay::write(const Operation& operation, Session::Written written, ReplayMode mode,
                   const Result& result) {
  const Place& place = operation.place;
  ReplayRecord record;
  record.identity = identity_of(place, EventKind::kOperation);
  record.op = place.op;
  record.key = place.key;
  record.lane = place.lane;
  record.step = place.step;
  record.order = written.order;
  record.signature = written.signature;
  record.mode = mode;
  record.executions = result.executions;
  record.distinct = result.distinct;
  record.seconds = result.seconds;
  if (result.distinct > 1 && result.worst < g_magnitudes.capacity()) {
    record.worst_output = result.worst;
    record.magnitude = g_magnitudes[result.worst];
    record.change_scale = change_of(operation, result);
  }
  Session session;
  session.writer().replay(record);
}

void restart_replays() { g_replaying.reset(); }

}  // namespace detaudit::instrument
