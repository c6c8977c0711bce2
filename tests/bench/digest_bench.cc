// The digest against XXH3_128bits compiled for the same instruction set, alternating within each
// measurement. The counter `ratio` is XXH3's best time over ours: 1 is as fast; the target is
// >= 0.8 at 64 KiB and 512 MiB. And against nothing but reading: what 1 GiB of tensors costs a step.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "kernels/digest.h"
#include "tests/bench/xxh3.h"

namespace {

using namespace detaudit::kernels;

struct Contender {
  DigestIsa isa;
  const char* name;
  uint64_t (*xxh3)(const void*, size_t);
};
constexpr Contender kContenders[] = {{DigestIsa::kPortable, "portable", xxh3_sse2},
                                     {DigestIsa::kAvx2, "avx2", xxh3_avx2},
                                     {DigestIsa::kAvx512, "avx512", xxh3_avx512}};

std::vector<uint64_t> draw(size_t bytes) {
  std::mt19937_64 engine(1);
  std::vector<uint64_t> words(bytes / 8 + 1);
  for (uint64_t& word : words) word = engine();
  return words;
}

// Seconds of one call, over enough calls to be measurable.
template <class Body>
double seconds(size_t calls, Body body) {
  const auto start = std::chrono::steady_clock::now();
  for (size_t call = 0; call < calls; ++call) benchmark::DoNotOptimize(body());
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  return elapsed.count() / static_cast<double>(calls);
}

void against_xxh3(benchmark::State& state, Contender contender) {
  const auto bytes = static_cast<size_t>(state.range(0));
  const auto data = draw(bytes);
  const size_t calls = std::max<size_t>(1, (1 << 20) / (bytes + 64));
  double ours = 1e9, theirs = 1e9;
  for (auto _ : state) {
    theirs = std::min(theirs, seconds(calls, [&] { return contender.xxh3(data.data(), bytes); }));
    const double now =
        seconds(calls, [&] { return digest_with(contender.isa, data.data(), bytes).low; });
    state.SetIterationTime(now);
    ours = std::min(ours, now);
  }
  state.counters["GBps"] = static_cast<double>(bytes) * 1e-9 / ours;
  state.counters["xxh3_GBps"] = static_cast<double>(bytes) * 1e-9 / theirs;
  state.counters["ns"] = ours * 1e9;
  state.counters["ratio"] = theirs / ours;
}

// The least that one can do with memory: eight sums, so that none waits for another.
uint64_t read_only(const uint64_t* words, size_t count) {
  constexpr size_t kSums = 8;
  uint64_t sums[kSums] = {};
  for (size_t i = 0; i + kSums <= count; i += kSums)
    for (size_t lane = 0; lane < kSums; ++lane) sums[lane] += words[i + lane];
  uint64_t all = 0;
  for (const uint64_t sum : sums) all += sum;
  return all;
}

void against_reading(benchmark::State& state) {
  const auto bytes = static_cast<size_t>(state.range(0));
  const auto data = draw(bytes);
  double ours = 1e9, reading = 1e9;
  for (auto _ : state) {
    reading = std::min(reading, seconds(1, [&] { return read_only(data.data(), bytes / 8); }));
    const double now = seconds(1, [&] { return digest(data.data(), bytes).low; });
    state.SetIterationTime(now);
    ours = std::min(ours, now);
  }
  state.counters["GBps"] = static_cast<double>(bytes) * 1e-9 / ours;
  state.counters["reading_GBps"] = static_cast<double>(bytes) * 1e-9 / reading;
  state.counters["ratio"] = reading / ours;
}

}  // namespace

int main(int argc, char** argv) {
  for (const Contender& contender : kContenders) {
    const auto isas = available_digest_isas();
    if (std::find(isas.begin(), isas.end(), contender.isa) == isas.end()) continue;
    for (int64_t bytes : {16, 64, 256, 1 << 10, 4 << 10, 64 << 10, 1 << 20, 512 << 20}) {
      benchmark::RegisterBenchmark(("digest/" + std::string(contender.name)).c_str(), against_xxh3,
                                   contender)
          ->Arg(bytes)
          ->UseManualTime()
          ->Iterations(bytes > (1 << 20) ? 5 : 100);
    }
  }
  benchmark::RegisterBenchmark("digest/against_reading", against_reading)
      ->Arg(1 << 30)
      ->UseManualTime()
      ->Iterations(5);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
