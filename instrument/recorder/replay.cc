#include "instrument/recorder/replay.h"

#include <cxxabi.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "instrument/recorder/buffer_copies.h"
#include "instrument/recorder/digest_crew.h"
#include "instrument/recorder/exact_inputs.h"
#include "instrument/recorder/schedule_point.h"
#include "instrument/recorder/settings.h"
#include "kernels/magnitude.h"

namespace detaudit::instrument {
namespace {

constexpr size_t kShapes = 4096;
constexpr uint32_t kOccurrences = 2;
constexpr uint32_t kLeastReplays = 16;  // of an op not replayed yet, whatever the budget
constexpr double kTimesTheRun = 4.0;
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
constinit PageArray<uint32_t> g_times;  // that each of g_distinct came
constinit PageArray<kernels::Digest> g_outputs;
constinit PageArray<kernels::Magnitude> g_magnitudes;
double g_started = 0;
double g_spent = 0;

double now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// What varied is executed under other conditions too, for which as much again is left: else free
// executions that hardly vary would leave nothing to be seen against.
bool within_budget(double share = 1) {
  return g_spent <=
         share * (kTimesTheRun * (now() - g_started - g_spent) + settings().replay_seconds);
}
constexpr double kShareOnceVaried = 2;
// Of what hardly varies few executions are unlike: only many on one worker, and on exact inputs,
// tell that from luck.
constexpr uint32_t kHardly = 8, kTimesOther = 4;

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
  BufferCopies::Copy start_from = BufferCopies::kBefore;
  BufferCopies::Copy reference = BufferCopies::kFirst;
  double seconds = 0;
  double change = 0;  // see ReplayRecord
  double budget_share = 1;
  uint32_t times = 1;               // as many executions as were asked for
  uint32_t least = kLeastReplays;   // of them, whatever the budget

  void start(size_t outputs) {
    if (g_magnitudes.reserve(outputs))
      std::fill_n(g_magnitudes.data(), outputs, kernels::Magnitude{});
  }
  // Digests `outputs` as they are now; true when no earlier execution gave the same.
  bool note(std::span<const DeclaredBuffer> outputs) {
    ++executions;
    if (!g_outputs.reserve(outputs.size()) || !g_distinct.reserve(distinct + 1) ||
        !g_times.reserve(distinct + 1))
      return false;
    for (size_t i = 0; i < outputs.size(); ++i) {
      DeclaredBuffer output = outputs[i];
      digest_buffers({&output, 1});
      g_outputs[i] = output.digest;
    }
    kernels::Digest all = kernels::combine_ordered({g_outputs.data(), outputs.size()});
    kernels::Digest* end = g_distinct.data() + distinct;
    const kernels::Digest* known = std::find(g_distinct.data(), end, all);
    if (known != end) {
      ++g_times[static_cast<size_t>(known - g_distinct.data())];
      return false;
    }
    g_times[distinct] = 1;
    g_distinct[distinct++] = all;
    return true;
  }
  uint32_t unlike() const {
    return distinct > 0 ? executions - *std::max_element(g_times.data(), g_times.data() + distinct)
                        : 0;
  }
  // The outputs that varied, by bit; what is beyond the 64th is not told apart.
  static uint64_t varied(size_t outputs) {
    uint64_t mask = 0;
    for (size_t i = 0; i < std::min<size_t>(outputs, 64); ++i)
      if (i < g_magnitudes.capacity() && g_magnitudes[i].differing > 0) mask |= uint64_t{1} << i;
    return mask;
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
  clocks_before_ = lane.clocks;
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
  const uint64_t entropy_after = lane_.entropy_draws;
  const PinnedClocks clocks_after = lane_.clocks;
  g_copies.save(BufferCopies::kFirst);
  ++lane_.replaying;
  result.start(operation.output_count);
  result.note(operation.output_span());
  {
    ProvokedSchedule provoked;
    run_mode(operation, execution, result);
  }
  result.change = result.distinct > 1 ? change_of(operation, result) : 0;
  write(operation, written, ReplayMode::kFree, result);
  if (result.distinct > 1) {
    find_shape(shape_)->varied = true;
    const uint64_t varied = Result::varied(operation.output_count);
    Result alone;
    alone.reference = BufferCopies::kReference;
    alone.budget_share = kShareOnceVaried;
    // What varied proves nothing without the others: once an occurrence, and few vary.
    const bool hardly = result.unlike() * kHardly <= result.executions;
    const uint32_t times = hardly ? kTimesOther : 1, least = result.executions * (hardly ? 2 : 1);
    alone.times = times;
    alone.least = least;
    alone.start(operation.output_count);
    ++lane_.one_worker;
    run_mode(operation, execution, alone);
    --lane_.one_worker;
    alone.change = alone.distinct > 1 ? change_of(operation, alone) : 0;
    write(operation, written, ReplayMode::kOneWorker, alone);
    if (settings().replay_exact)
      run_on_exact_inputs(operation, written, execution, {varied, times, least});
  }
  g_copies.restore(BufferCopies::kFirst);
  --lane_.replaying;
  lane_.entropy_draws = entropy_after;
  lane_.clocks = clocks_after;
}

// Where additions are exact their order cannot show: what varies there has lost some.
void Replay::run_on_exact_inputs(const Operation& operation, Session::Written written,
                                 const Execution& execution, const Varied& varied) {
  for (ReplayMode mode : {ReplayMode::kEqualInputs, ReplayMode::kCoarseInputs}) {
    g_copies.restore(BufferCopies::kBefore);
    if (!write_exact_inputs(mode, operation.input_span())) return;
    g_copies.save(BufferCopies::kOther);
    Result result;
    result.start_from = BufferCopies::kOther;
    result.reference = BufferCopies::kReference;
    result.budget_share = kShareOnceVaried;
    result.times = varied.times;
    result.least = varied.least;
    result.start(operation.output_count);
    {
      ProvokedSchedule provoked;
      run_mode(operation, execution, result);
    }
    measure_on_exact_inputs(operation, varied.outputs, result);
    write(operation, written, mode, result);
  }
}

// Speaks of the output that varied and was changed most, so that a steady result says something.
void Replay::measure_on_exact_inputs(const Operation& operation, uint64_t varied,
                                     Result& result) const {
  const bool steady = result.distinct <= 1;
  for (uint32_t i = 0; i < std::min<uint32_t>(operation.output_count, 64); ++i) {
    const DeclaredBuffer& output = operation.outputs[i];
    if (!(varied >> i & 1) || output.bytes == 0 || i >= g_magnitudes.capacity()) continue;
    if (!steady && i != result.worst) continue;
    const void* after = g_copies.at(BufferCopies::kReference, output);
    const auto own = kernels::compare_buffers(after, after, output.elements, output.dtype);
    const bool in_place = std::any_of(operation.input_span().begin(), operation.input_span().end(),
                                      [&](const auto& input) { return input.data == output.data; });
    const double change =
        in_place ? kernels::compare_buffers(g_copies.at(BufferCopies::kOther, output), after,
                                            output.elements, output.dtype)
                       .max_abs
                 : own.scale;
    if (!steady || change > result.change) {
      result.worst = i;
      result.change = change;
      if (steady) g_magnitudes[i] = own;
    }
  }
}

void Replay::run_mode(const Operation& operation, const Execution& execution, Result& result) {
  uint32_t wanted = settings().replays * result.times + 1;
  uint32_t least = std::min(wanted, result.least + 1);
  while (result.executions < wanted) {
    if (result.executions >= least && !within_budget(result.budget_share)) break;
    double begin = now();
    g_copies.restore(result.start_from);
    lane_.entropy_draws = entropy_before_;
    lane_.clocks = clocks_before_;
    if (!execute_again(execution, result.seconds)) break;
    if (result.note(operation.output_span()) && result.executions > 1)
      result.measure(operation.output_span());
    if (result.reference == BufferCopies::kReference && result.executions == 1)
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
  record.file = place.file;
  record.line = place.line;
  record.step = place.step;
  record.order = written.order;
  record.signature = written.signature;
  record.mode = mode;
  record.executions = result.executions;
  record.distinct = result.distinct;
  record.seconds = result.seconds;
  record.unlike = result.unlike();
  if (result.change > 0 || result.distinct > 1) {
    record.change_scale = result.change;
    record.worst_output = result.worst;
    if (result.worst < g_magnitudes.capacity()) record.magnitude = g_magnitudes[result.worst];
  }
  Session session;
  session.writer().replay(record);
}

void restart_replays() { g_replaying.reset(); }

}  // namespace detaudit::instrument
