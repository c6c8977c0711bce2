#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

#include "kernels/cpu.h"
#include "kernels/pairs_sequence.h"
#include "kernels/sequence_trials.h"

namespace detaudit::kernels {
namespace {

double median(std::vector<double> values) {
  auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// One iteration is one measurement on two threads: the deterministic version's time, and the
// medians of its ratios to the two others of the same process (at most 1.0 when contended,
// and 1.2).
template <typename Measure>
void report(benchmark::State& state, const Measure& measure) {
  Pool pool(2);
  std::vector<double> over_atomic, over_private;
  PairCost cost;
  for (auto _ : state) {
    cost = measure(pool);
    state.SetIterationTime(cost.deterministic_seconds);
    over_atomic.push_back(cost.deterministic_seconds / cost.atomic_seconds);
    over_private.push_back(cost.deterministic_seconds / cost.private_merge_seconds);
  }
  state.counters["over_atomic"] = median(over_atomic);
  state.counters["over_private_merge"] = median(over_private);
  state.SetLabel(cost.shape);
}

template <typename Measure>
void add(const std::string& name, Measure measure) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [measure](benchmark::State& state) { report(state, measure); })
      ->UseManualTime()
      ->Iterations(9)
      ->Unit(benchmark::kMicrosecond);
}

// Besides the contended shapes of the catalogue: as many outputs as writes, small and large sizes.
void add_trial(const std::string& name, const SequenceTrial& trial) {
  add(name, [trial](Pool& pool) { return measure_trial(pool, trial); });
}

void add_everything() {
  for (const Pair& pair : sequence_pairs())
    add(std::string(pair.op), [&pair](Pool& pool) { return pair.measure(pool); });
  add_trial("sum", sum_trial(1 << 16));
  add_trial("sum", sum_trial(1 << 24));
  add_trial("column_sum", column_sum_trial({1024, 256}));
  add_trial("column_sum", column_sum_trial({64, 16384}));
  add_trial("dense_backward_weight", dense_backward_weight_trial({64, 512, 128}));
  add_trial("dense_backward_weight", dense_backward_weight_trial({4096, 64, 64}));
  add_trial("scatter_add", scatter_add_trial({8192, 1, 64}, IndexSpread::kOneRow));
  add_trial("scatter_add", scatter_add_trial({8192, 8192, 64}, IndexSpread::kUniform));
  add_trial("embedding_backward", embedding_backward_trial({2048, 65, 128}, IndexSpread::kZipf));
  add_trial("embedding_backward", embedding_backward_trial({16384, 30000, 64}, IndexSpread::kZipf));
  add_trial("layer_norm_backward", layer_norm_backward_trial({1024, 128}));
  add_trial("layer_norm_backward", layer_norm_backward_trial({2048, 768}));
  add_trial("softmax_cross_entropy_forward", softmax_cross_entropy_forward_trial({2048, 65}));
  add_trial("attention_backward", attention_backward_trial({16, 64, 4, 16}));
  add_trial("attention_backward", attention_backward_trial({1, 1024, 2, 64}));
}

}  // namespace
}  // namespace detaudit::kernels

int main(int argc, char** argv) {
  if (!detaudit::kernels::cpu_supported()) return 2;
  detaudit::kernels::add_everything();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
