#include <algorithm>
#include <execution>
#include <functional>
#include <numeric>
#include <valarray>
#include <vector>

#include "tbb.h"

namespace ex = std::execution;
template <class Policy, class Range>
auto sum(Policy&& policy, const Range& range) {
  return std::reduce(policy, range.begin(), range.end());  // expect: DET231
}
template <class Range>
auto count(const Range& range) {
  return std::reduce(std::execution::par, range.begin(), range.end());
}
struct Body {
  double sum;
  template <class Range>
  void operator()(const Range&) {}
  void join(Body& rhs) { sum += rhs.sum; }
};
double all(const std::valarray<double>& v, const std::vector<double>& x, std::vector<double>& out,
           const std::vector<long>& n) {
  using namespace std;
  double t = sum(execution::par, x);
  t += count(n);
  t += reduce(ex::par_unseq, begin(v), end(v), 0.0, plus<>{});  // expect: DET231
  exclusive_scan(ex::par, x.cbegin(), x.cend(), out.begin(), 0.0);  // expect: DET231
  transform_inclusive_scan(ex::par, x.begin(), x.end(), out.begin(), plus<double>(), [](double a) { return a * a; });  // expect: DET231
  t += transform_reduce(ex::par, n.begin(), n.end(), 0.0, plus<>(), [](long a) { return a * 0.1; });  // expect: DET231
  Body body{0};
  tbb::parallel_reduce(4, body);  // expect: DET231
  t += tbb::parallel_reduce(4, 0.0, [&](int, double s) { return s + x[0]; }, [](double a, double b) { return a + b; });  // expect: DET231
  t += reduce(ex::par, x.begin(), x.end(), 0.0, [](double a, double b) { return max(a, b); });
  t += tbb::parallel_reduce(4, 0.0, [&](int, double s) { return max(s, x[0]); }, [](double a, double b) { return max(a, b); });
  for_each(ex::par, out.begin(), out.end(), [](double& d) { d *= 2; });
  sort(ex::par, out.begin(), out.end());
  t += reduce(ex::seq, x.begin(), x.end());
  t += inner_product(x.begin(), x.end(), out.begin(), 0.0);
  t += transform_reduce(ex::par, x.begin(), x.end(), 0, plus<>(), [](double a) { return a > 0 ? 1 : 0; });
  return t + body.sum;
}
