// gemm against OpenBLAS's sgemm, same threads, same process, alternating within each measurement.
// The counter `ratio` is OpenBLAS's best time over ours: 1 is as fast, the target is >= 0.5.
#include <benchmark/benchmark.h>
#include <cblas.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "kernels/cpu.h"
#include "kernels/gemm.h"

extern "C" void openblas_set_num_threads(int threads);
extern "C" char* openblas_get_corename();

namespace {

using namespace detaudit::kernels;

std::vector<float> draw(size_t count) {
  std::mt19937 engine(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(count);
  for (float& value : values) value = uniform(engine);
  return values;
}

// A library's threads go on spinning for a while after a product, on the cores that the other's are to
// have. OPENBLAS_THREAD_TIMEOUT=16 makes that 30 us (tests/bench/figures sets it; 130 ms otherwise).
constexpr std::chrono::milliseconds kUntilAsleep{10};

// Of a second execution: the first one wakes the threads.
template <class Body>
double seconds(Body body) {
  std::this_thread::sleep_for(kUntilAsleep);
  body();
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Arguments: m, n, k, B transposed, threads.
void against_openblas(benchmark::State& state) {
  const auto m = static_cast<size_t>(state.range(0)), n = static_cast<size_t>(state.range(1));
  const auto k = static_cast<size_t>(state.range(2));
  const bool transposed = state.range(3) != 0;
  const auto threads = static_cast<unsigned>(state.range(4));
  const auto A = draw(m * k), B = draw(k * n);
  std::vector<float> C(m * n);
  const size_t ldb = transposed ? k : n;
  Pool pool(threads);
  openblas_set_num_threads(static_cast<int>(threads));
  double ours = 1e9, theirs = 1e9;
  for (auto _ : state) {
    theirs =
        std::min(theirs, seconds([&] {
                   cblas_sgemm(CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans,
                               static_cast<int>(m), static_cast<int>(n), static_cast<int>(k), 1.0f,
                               A.data(), static_cast<int>(k), B.data(), static_cast<int>(ldb), 0.0f,
                               C.data(), static_cast<int>(n));
                 }));
    const double now = seconds([&] {
      gemm(pool, Transpose::kNo, transposed ? Transpose::kYes : Transpose::kNo, m, n, k, A.data(),
           k, B.data(), ldb, C.data(), n, GemmOutput::kOverwrite);
    });
    state.SetIterationTime(now);
    ours = std::min(ours, now);
    benchmark::DoNotOptimize(C.data());
  }
  const double gflop =
      2e-9 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  state.counters["gflops"] = gflop / ours;
  state.counters["openblas_gflops"] = gflop / theirs;
  state.counters["ratio"] = theirs / ours;
  state.SetLabel(std::string("OpenBLAS for ") + openblas_get_corename());
}

void shapes(benchmark::internal::Benchmark* bench) {
  for (int threads : {1, 2}) {
    for (int size : {128, 256, 512, 1024}) bench->Args({size, size, size, 0, threads});
    bench->Args({64, 3136, 144, 0, threads});  // convolutions as products
    bench->Args({128, 784, 576, 0, threads});
    bench->Args({32, 12544, 25, 0, threads});
    bench->Args({64, 144, 3136, 1, threads});  // a convolution's weight gradient
    bench->Args({512, 128, 128, 1, threads});  // a dense layer on a batch
  }
}
BENCHMARK(against_openblas)
    ->Apply(shapes)
    ->ArgNames({"m", "n", "k", "bt", "threads"})
    ->UseManualTime()
    ->Iterations(20);

}  // namespace

int main(int argc, char** argv) {
  if (!cpu_supported()) {
    fprintf(stderr, "gemm_bench needs %s\n", required_cpu());
    return 2;
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
