#include <cstddef>
#include <vector>

using std::size_t;

using real = double;
#define PARALLEL_SUM(variable) _Pragma("omp parallel for reduction(+ : total)")
#define OMP(text) _Pragma(#text)

float sums(const float* x, int n) {
  float total = 0;
  real other = 0;
  int count = 0;
  float largest = 0;
#pragma omp parallel for reduction(+ : total)  // expect: DET230, replacement: sum/deterministic
  for (int i = 0; i < n; ++i) total += x[i];
#pragma omp parallel for reduction(+ : count, other) /* // expect: DET230 */ \
    schedule(dynamic, 16)
  for (int i = 0; i < n; ++i) {
    other += x[i];
    ++count;
  }
  PARALLEL_SUM(total)  // expect: DET230, replacement: sum/deterministic
  for (int i = 0; i < n; ++i) total += x[i];
  OMP(omp parallel for reduction(- : total))  // expect: DET230, replacement: sum/deterministic
  for (int i = 0; i < n; ++i) total -= x[i];
#pragma omp parallel for reduction(max : largest)
  for (int i = 0; i < n; ++i) largest = x[i] > largest ? x[i] : largest;
#pragma omp parallel for reduction(+ : count)
  for (int i = 0; i < n; ++i) count += i;
#pragma omp simd reduction(+ : total)
  for (int i = 0; i < n; ++i) total += x[i];
#pragma omp parallel for num_threads(1) reduction(+ : total)
  for (int i = 0; i < n; ++i) total += x[i];
#pragma omp parallel for
  for (int i = 0; i < n; ++i) count = i;
  return total + static_cast<float>(other) + largest + static_cast<float>(count);
}

void updates(const float* x, int n, float* bins, int* counts, const int* bin) {
  float total = 0;
#pragma omp parallel for
  for (int i = 0; i < n; ++i) {
#pragma omp atomic
    total += x[i];  // expect: DET230, replacement: sum/deterministic
#pragma omp atomic update
    bins[bin[i]] = bins[bin[i]] + x[i];  // expect: DET230, replacement: scatter_add/deterministic
#pragma omp atomic
    counts[bin[i]] += 1;
  }
#pragma omp parallel
  {
    float mine = 0;
#pragma omp for
    for (int i = 0; i < n; ++i) mine += x[i];
#pragma omp critical
    {
      total += mine;  // expect: DET230, replacement: sum/deterministic
      counts[0]++;
    }
  }
#if 0
#pragma omp parallel for reduction(+ : total)
#endif
  // #pragma omp parallel for reduction(+ : total)
  bins[0] = total;
}

template <class T>
T sum_of(const std::vector<T>& values) {
  T sum{};
#pragma omp parallel for reduction(+ : sum)  // expect: DET230
  for (size_t i = 0; i < values.size(); ++i) sum += values[i];
  return sum;
}
template <class T>
T count_of(const std::vector<T>& values) {
  T sum{};
#pragma omp parallel for reduction(+ : sum)
  for (size_t i = 0; i < values.size(); ++i) sum += values[i];
  return sum;
}
double instances(const std::vector<double>& d, const std::vector<int>& i) { return sum_of(d) + count_of(i); }

void arrays(const float* x, int n, float (&histogram)[8]) {
#pragma omp parallel for reduction(+ : histogram[:8])  // expect: DET230
  for (int i = 0; i < n; ++i) histogram[i % 8] += x[i];
}
