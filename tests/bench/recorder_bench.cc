// What recording costs a subject, an event and a byte, and how fast a trace is read back.
// Runs itself again under audit, since a recorder starts with its process.
#include <benchmark/benchmark.h>
#include <detaudit/probe.h>
#include <unistd.h>

#include <cstdlib>
#include <detaudit/probe.hpp>
#include <filesystem>
#include <vector>

#include "instrument/control.h"
#include "instrument/trace/reader.h"
#include "instrument/trace/writer.h"
#include "kernels/digest.h"

namespace {

using detaudit::kernels::Digest;

std::filesystem::path g_folder;

void BM_EventWithSmallBuffers(benchmark::State& state) {
  std::vector<float> in(16, 1.0f), out(16, 2.0f);
  uint64_t step = 0;
  for (auto _ : state) {
    detaudit_step(step++);
    detaudit_op* op = detaudit_op_begin("small", "key");
    detaudit_op_input(op, detaudit::buffer("in", in));
    detaudit_op_output(op, detaudit::buffer("out", out));
    detaudit_op_end(op);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_EventWithSmallBuffers);

void BM_RunWithSmallBuffers(benchmark::State& state) {
  std::vector<float> in(16, 1.0f), out(16, 2.0f);
  uint64_t step = 0;
  for (auto _ : state) {
    detaudit_step(step++);
    detaudit::run("small", nullptr, {detaudit::buffer("in", in)}, {detaudit::buffer("out", out)},
                  [&] { benchmark::DoNotOptimize(out.data()); });
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_RunWithSmallBuffers);

void BM_Metric(benchmark::State& state) {
  uint64_t step = 0;
  for (auto _ : state) {
    detaudit_step(step++);
    detaudit_metric("loss", 0.5);
  }
}
BENCHMARK(BM_Metric);

// Bytes recorded a second, beside the digest alone on the calling thread.
void BM_BigBuffer(benchmark::State& state) {
  std::vector<unsigned char> bytes(static_cast<size_t>(state.range(0)), 7);
  for (auto _ : state) {
    detaudit_op* op = detaudit_op_begin("big", nullptr);
    detaudit_op_input(op, detaudit::buffer("in", bytes));
    detaudit_op_end(op);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_BigBuffer)
    ->Arg(64 << 10)
    ->Arg(256 << 10)
    ->Arg(384 << 10)
    ->Arg(512 << 10)
    ->Arg(1536 << 10)
    ->Arg(16 << 20)
    ->UseRealTime();

void BM_DigestAlone(benchmark::State& state) {
  std::vector<unsigned char> bytes(static_cast<size_t>(state.range(0)), 7);
  for (auto _ : state) {
    Digest digest = detaudit::kernels::digest(bytes.data(), bytes.size());
    benchmark::DoNotOptimize(digest);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_DigestAlone)
    ->Arg(64 << 10)
    ->Arg(256 << 10)
    ->Arg(384 << 10)
    ->Arg(512 << 10)
    ->Arg(1536 << 10)
    ->Arg(16 << 20)
    ->UseRealTime();

void BM_ReadTrace(benchmark::State& state) {
  constexpr uint64_t kEvents = 2'000'000;
  std::filesystem::path folder = g_folder / "read";
  std::filesystem::create_directory(folder);
  {
    detaudit::instrument::TraceWriter writer;
    if (!writer.open((folder / "p0").c_str())) return state.SkipWithError("no trace");
    Digest digests[3] = {{1, 2}, {3, 4}, {5, 6}};
    detaudit::instrument::Event event;
    event.lane = writer.lane("p0");
    event.op = writer.intern("op");
    event.inputs = std::span(digests).first(2);
    event.outputs = std::span(digests).last(1);
    for (event.step = 0; event.step < kEvents; ++event.step) writer.event(event);
    writer.finish();
  }
  for (auto _ : state) {
    detaudit::instrument::TraceReader reader(folder);
    uint64_t sum = 0;
    while (const auto* event = reader.next()) sum += reader.identity(*event);
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kEvents));
  std::filesystem::remove_all(folder);
}
BENCHMARK(BM_ReadTrace)->Unit(benchmark::kMillisecond);

}  // namespace

int main(int argc, char** argv) {
  const char* folder = std::getenv("RECORDER_BENCH_FOLDER");
  if (!folder) {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "detaudit-bench-XXXXXX").string();
    if (!mkdtemp(pattern.data())) return 1;
    detaudit::instrument::Control control;
    control.trace_directory = pattern;
    setenv("RECORDER_BENCH_FOLDER", pattern.c_str(), 1);
    setenv(detaudit::instrument::kControlVariable, encode(control).c_str(), 1);
    execv("/proc/self/exe", argv);
    return 1;
  }
  g_folder = folder;
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  std::filesystem::remove_all(g_folder);
  return detaudit_active() ? 0 : 1;
}
