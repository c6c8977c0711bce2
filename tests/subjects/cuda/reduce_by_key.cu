// thrust::reduce_by_key over runs of equal keys that span tiles. Floats: a tile adds what the tiles
// before it have found by then, so a sum is folded in the order in which they come, with no float
// atomic anywhere. CLEAN: the same on whole numbers, whose sums have no order.
#include <thrust/device_vector.h>
#include <thrust/reduce.h>

#include <cstdio>
#include <random>
#include <vector>

namespace {

#ifdef CLEAN
using Value = long long;
Value value_of(float drawn) { return static_cast<Value>(drawn * 0x1p30f); }
#else
using Value = float;
Value value_of(float drawn) { return drawn; }
#endif

constexpr size_t kElements = size_t{1} << 22, kRun = 100'000;
constexpr int kRepeats = 20;

}  // namespace

int main() {
  std::mt19937 engine(7);
  std::vector<int> host_keys(kElements);
  std::vector<Value> host_values(kElements);
  for (size_t i = 0; i < kElements; ++i) {
    host_keys[i] = static_cast<int>(i / kRun);
    host_values[i] = value_of(static_cast<float>(engine() % 100'000) * 1e-3f - 40.0f);
  }
  const thrust::device_vector<int> keys = host_keys;
  const thrust::device_vector<Value> values = host_values;
  thrust::device_vector<int> keys_out(kElements / kRun + 1);
  thrust::device_vector<Value> sums(kElements / kRun + 1);
  for (int i = 0; i < kRepeats; ++i)
    thrust::reduce_by_key(keys.begin(), keys.end(), values.begin(), keys_out.begin(), sums.begin());
  const std::vector<Value> result(sums.begin(), sums.end());
  for (Value sum : result) std::printf("%a\n", static_cast<double>(sum));
  return 0;
}
