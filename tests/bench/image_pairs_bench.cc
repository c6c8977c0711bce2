#include <benchmark/benchmark.h>

#include <string>

#include "kernels/cpu.h"
#include "kernels/pairs_image.h"

namespace detaudit::kernels {
namespace {

// One iteration is one measurement of a pair on two threads: the deterministic version's time, and
// beside it the ratios to the two others of the same process (at most 1.0 and 1.2).
void measure(benchmark::State& state, const Pair& pair) {
  Pool pool(2);
  double over_atomic = 0, over_private = 0;
  PairCost cost;
  for (auto _ : state) {
    cost = pair.measure(pool);
    state.SetIterationTime(cost.deterministic_seconds);
    over_atomic += cost.deterministic_seconds / cost.atomic_seconds;
    over_private += cost.deterministic_seconds / cost.private_merge_seconds;
  }
  double iterations = static_cast<double>(state.iterations());
  state.counters["over_atomic"] = over_atomic / iterations;
  state.counters["over_private_merge"] = over_private / iterations;
  state.SetLabel(cost.shape);
}

}  // namespace
}  // namespace detaudit::kernels

int main(int argc, char** argv) {
  using namespace detaudit::kernels;
  if (!cpu_supported()) return 2;
  for (const Pair& pair : image_pairs()) {
    benchmark::RegisterBenchmark(std::string(pair.op).c_str(), measure, pair)
        ->UseManualTime()
        ->Iterations(9)
        ->Unit(benchmark::kMicrosecond);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
