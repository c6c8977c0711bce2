// Comparing two traces, in events (aligned pairs) a second, beside merely reading the two.
// DETAUDIT_BENCH_EVENTS sets the events a run (default 5 million), DETAUDIT_BENCH_DIRECTORY where
// the traces go: 100 million events need 20 GB there while the benchmark runs, and up to 40 GB in
// TMPDIR where they spill.

#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "auditor/compare/comparison.h"
#include "instrument/trace/reader.h"
#include "instrument/trace/writer.h"

namespace detaudit::auditor {
namespace {

using instrument::Event;
using instrument::TraceReader;
using instrument::TraceWriter;

constexpr uint64_t kEventsAStep = 100;
constexpr uint64_t kLanes = 4;
constexpr uint64_t kBlock = 64;  // events of one lane before another has its turn

enum class Layout {
  kPlain,       // one lane
  kTurns,       // four lanes, blocks of events in turn
  kOtherTurns,  // the same lanes in another turn
  kFarTurns,    // as kTurns, a lane's turn so long that memory does not hold what waits for its twin
  kOtherFarTurns,
  kInserted,         // one lane, every 1000th event has one more before it
  kParted,           // one lane, from the middle on every output differs
  kTurnsParted,      // as kTurns, from the middle on every output differs
  kPool,             // each event in whichever of the four lanes was free
  kOtherPool,        // as kPool, another lane was
  kOtherPoolParted,  // as kOtherPool, from the middle on every output differs
};

uint64_t events_a_run() {
  const char* text = std::getenv("DETAUDIT_BENCH_EVENTS");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 5'000'000;
}

std::filesystem::path directory() {
  const char* text = std::getenv("DETAUDIT_BENCH_DIRECTORY");
  return text != nullptr ? std::filesystem::path(text) : std::filesystem::temp_directory_path();
}

// Writes the run; event `i` of a lane is the same in every layout.
void write_trace(const std::filesystem::path& run, Layout layout, uint64_t events) {
  std::filesystem::create_directories(run);
  TraceWriter writer;
  writer.open((run / "p0").c_str());
  instrument::Signature signature;
  signature.inputs = {{"x", kernels::DType::kF32, 1024}, {"w", kernels::DType::kF32, 1024}};
  signature.outputs = {{"y", kernels::DType::kF32, 1024}};
  const uint32_t shape = writer.signature(signature);
  const bool far = layout == Layout::kFarTurns || layout == Layout::kOtherFarTurns;
  const bool turns = far || layout == Layout::kTurns || layout == Layout::kOtherTurns ||
                     layout == Layout::kTurnsParted;
  const bool pool =
      layout == Layout::kPool || layout == Layout::kOtherPool || layout == Layout::kOtherPoolParted;
  const bool parted = layout == Layout::kParted || layout == Layout::kTurnsParted ||
                      layout == Layout::kOtherPoolParted;
  std::array<uint32_t, kLanes> lanes{};
  for (uint64_t lane = 0; lane < kLanes; ++lane) {
    lanes[lane] = writer.lane("p0/t" + std::to_string(lane));
  }
  std::array<uint32_t, kEventsAStep> ops{};
  for (uint64_t op = 0; op < kEventsAStep; ++op) {
    ops[op] = writer.intern("op" + std::to_string(op));
  }
  const auto put = [&](uint64_t lane, uint64_t number, uint64_t occurrence) {
    const uint64_t value = pool ? number : number * kLanes + lane;
    const uint64_t middle = events / 2 / (turns ? kLanes : 1);
    const uint64_t change = parted && number >= middle;
    const std::array<kernels::Digest, 3> digests{
        {{value, 1 + change}, {value, 2}, {value, 3 + change}}};
    Event event;
    event.lane = lanes[lane];
    event.op = ops[number % kEventsAStep];
    event.signature = shape;
    event.step = number / kEventsAStep;
    event.occurrence = occurrence;
    event.inputs = {digests.data(), 2};
    event.outputs = {digests.data() + 2, 1};
    writer.event(event);
  };
  if (pool) {
    const uint64_t seed = layout == Layout::kPool ? 0x9e3779b97f4a7c15u : 0xd6e8feb86659fd93u;
    for (uint64_t i = 0; i < events; ++i) put((i + 1) * seed >> 62, i, 0);
  } else if (!turns) {
    for (uint64_t i = 0; i < events; ++i) {
      if (layout == Layout::kInserted && i % 1000 == 999) put(0, i, 1);
      put(0, i, 0);
    }
  } else {
    const bool other = layout == Layout::kOtherTurns || layout == Layout::kOtherFarTurns;
    const uint64_t turn_events = far ? events / kLanes / 4 : kBlock;
    for (uint64_t block = 0; block < events / kLanes / turn_events; ++block) {
      for (uint64_t turn = 0; turn < kLanes; ++turn) {
        const uint64_t lane = other ? (turn + 1 + block) % kLanes : turn;
        for (uint64_t i = 0; i < turn_events; ++i) put(lane, block * turn_events + i, 0);
      }
    }
  }
  writer.finish();
}

// Two runs on disk, written by a process of their own so that peak memory is the comparison's.
class Runs {
 public:
  Runs(Layout first, Layout second) {
    std::string name = (directory() / "detaudit-bench-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
    const pid_t writer = ::fork();
    if (writer == 0) {
      write_trace(this->first(), first, events_a_run());
      write_trace(this->second(), second, events_a_run());
      ::_exit(0);
    }
    ::waitpid(writer, nullptr, 0);
  }
  ~Runs() { std::filesystem::remove_all(path_); }
  std::filesystem::path first() const { return path_ / "first"; }
  std::filesystem::path second() const { return path_ / "second"; }

 private:
  std::filesystem::path path_;
};

double peak_megabytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// What the layouts promise; only the turns, which are whole blocks, leave out a few events.
bool as_written(const Comparison& found, Layout second) {
  const uint64_t events = events_a_run(), compared = found.compared;
  const bool parted = second == Layout::kParted || second == Layout::kTurnsParted ||
                      second == Layout::kOtherPoolParted;
  const uint64_t diverged = found.origins + found.propagated;
  return compared <= events && events - compared <= events / 100 && found.only_in_first == 0 &&
         found.only_in_second == (second == Layout::kInserted ? events / 1000 : 0) &&
         (parted ? diverged + kLanes * kBlock >= compared / 2 && diverged <= compared / 2 + kLanes
                 : diverged == 0) &&
         found.agreeing + diverged == compared;
}

void compare_layouts(benchmark::State& state, Layout first, Layout second,
                     CompareOptions::FarLanes far_lanes = CompareOptions::FarLanes::kReadAgain) {
  const Runs runs(first, second);
  uint64_t pairs = 0;
  CompareOptions options;
  options.far_lanes = far_lanes;
  Comparison comparison;
  for (auto _ : state) {
    comparison = compare_runs(runs.first(), runs.second(), options);
    pairs += comparison.compared;
  }
  state.SetItemsProcessed(static_cast<int64_t>(pairs));
  if (!as_written(comparison, second)) state.SkipWithError("the comparison is wrong");
  state.counters["only_in_one"] =
      static_cast<double>(comparison.only_in_first + comparison.only_in_second);
  state.counters["diverged"] = static_cast<double>(comparison.origins + comparison.propagated);
  state.counters["spilled_MB"] = static_cast<double>(comparison.spilled_bytes) / (1 << 20);
  state.counters["peak_MB"] = peak_megabytes();
}

void read_both(benchmark::State& state) {
  const Runs runs(Layout::kPlain, Layout::kPlain);
  for (auto _ : state) {
    for (const auto& run : {runs.first(), runs.second()}) {
      TraceReader reader(run);
      uint64_t steps = 0;
      while (const Event* event = reader.next()) steps += event->step;
      benchmark::DoNotOptimize(steps);
    }
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * events_a_run()));
}

void facts_of_one(benchmark::State& state) {
  const Runs runs(Layout::kPlain, Layout::kPlain);
  for (auto _ : state) benchmark::DoNotOptimize(read_run(runs.first()));
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * events_a_run()));
}

BENCHMARK(read_both)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compare_layouts, in_step, Layout::kPlain, Layout::kPlain)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compare_layouts, lanes_in_another_turn, Layout::kTurns, Layout::kOtherTurns)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compare_layouts, lanes_far_apart, Layout::kFarTurns, Layout::kOtherFarTurns)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compare_layouts, lanes_far_apart_spilled, Layout::kFarTurns,
                  Layout::kOtherFarTurns, CompareOptions::FarLanes::kSpill)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compare_layouts, every_1000th_inserted, Layout::kPlain, Layout::kInserted)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compare_layouts, parted_half_way, Layout::kPlain, Layout::kParted)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compare_layouts, lanes_parted_half_way, Layout::kTurns, Layout::kTurnsParted)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compare_layouts, pool_handed_out_otherwise, Layout::kPool, Layout::kOtherPool)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compare_layouts, pool_handed_out_otherwise_and_parted, Layout::kPool,
                  Layout::kOtherPoolParted)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(facts_of_one)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace detaudit::auditor

BENCHMARK_MAIN();
