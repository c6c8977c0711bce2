#include <execution>
#include <functional>
#include <numeric>
#include <vector>

#include "tbb.h"

using Floats = std::vector<float>;
constexpr auto& kParallel = std::execution::par;

double sums(const Floats& x, const std::vector<int>& counts, Floats& out) {
  double total = std::reduce(std::execution::par, x.begin(), x.end(), 0.0f);  // expect: DET231, replacement: sum/deterministic
  total += std::reduce(std::execution::par_unseq, x.begin(), x.end());         // expect: DET231, replacement: sum/deterministic
  total += std::transform_reduce(kParallel, x.begin(), x.end(), x.begin(), 0.0);  // expect: DET231
  std::inclusive_scan(kParallel, x.begin(), x.end(), out.begin());             // expect: DET231
  total += std::reduce(std::execution::seq, x.begin(), x.end(), 0.0f);
  total += std::reduce(std::execution::par, counts.begin(), counts.end(), 0);
  total += std::reduce(x.begin(), x.end());
  total += std::accumulate(x.begin(), x.end(), 0.0);
  return total;
}

struct Sum {
  float value = 0;
  void operator()(int) {}
  void join(const Sum& other) { value += other.value; }
};
struct Count {
  int value = 0;
  void operator()(int) {}
  void join(const Count& other) { value += other.value; }
};

float with_tbb(int range) {
  auto body = [](int, float sum) { return sum; };
  float total = tbb::parallel_reduce(range, 0.0f, body, std::plus<float>());  // expect: DET231
  total += tbb::parallel_deterministic_reduce(range, 0.0f, body, std::plus<float>());
  int count = tbb::parallel_reduce(range, 0, [](int, int sum) { return sum; }, std::plus<int>());
  Sum sum;
  tbb::parallel_reduce(range, sum);  // expect: DET231
  Count counter;
  tbb::parallel_reduce(range, counter);
  return total + static_cast<float>(count);
}
