// Phrasings that the authors of the rules did not have in mind.
#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <execution>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>
// 204
using Real = double;
struct Loss {
  std::atomic<Real> v{0};
  void operator()(Real x) { v.fetch_add(x, std::memory_order_relaxed); }  // expect: DET204
};
void a1(std::vector<float>& w, size_t i, float g) { std::atomic_ref{w[i]} += g; }  // expect: DET204
void a2(std::atomic<float>* p, float v) { std::atomic_fetch_add(p, v); }  // expect: DET204
template <class T>
struct Counter {
  std::atomic<T> n;
  void inc() { n += 1; }  // expect: DET204, replacement: sum/deterministic
};
void a3(Counter<float>& f) { f.inc(); }
template <class T>
struct CounterI {
  std::atomic<T> n;
  void inc() {
    n += 1;
    ++n;
  }
};
void a4(CounterI<long>& f) { f.inc(); }
void a5(std::atomic<float>& f) { f.store(f.load() + 1.f); }
void a6(std::atomic<float>& f, float v) {
  f = v;
  f.exchange(v);
}
auto a7 = [](std::atomic<double>& d, double v) { d -= v; };  // expect: DET204
// swap loops
void c1(std::atomic<float>& a, float v) {
  float o = a.load();
  while (!a.compare_exchange_weak(o, o + v)) {  // expect: DET202
  }
}
void c2(std::atomic<uint32_t>& a, float v) {
  uint32_t o = a.load();
  uint32_t n;
  do {
    n = std::bit_cast<uint32_t>(std::bit_cast<float>(o) + v);
  } while (!a.compare_exchange_strong(o, n));  // expect: DET202
}
void c3(std::atomic<double>& a, double v) {
  for (double o = a; !a.compare_exchange_weak(o, std::fma(2.0, v, o));)  // expect: DET202
    ;
}
void c4(std::atomic<double>& a, double v) {
  double o = a;
  while (o < v && !a.compare_exchange_weak(o, v))
    ;
}
void c5(std::atomic<int>& a) {
  int o = a;
  while (!a.compare_exchange_weak(o, o + 1))
    ;
}
void c6(float* p, float v) {
  float o, n;
  do {
    o = *p;
    n = o + v;
  } while (!__sync_bool_compare_and_swap((int*)p, *(int*)&o, *(int*)&n));  // expect: DET202
}
void c7(float* p, float v) {
  float o = *p, n;
  do {
    n = o + v;
  } while (!__atomic_compare_exchange(p, &o, &n, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));  // expect: DET202
}
// 231
namespace ex = std::execution;
double p1(const std::vector<double>& v) { return std::reduce(ex::par_unseq, v.begin(), v.end()); }  // expect: DET231
template <class P>
double p2(P&& pol, const std::vector<double>& v) {
  return std::reduce(std::forward<P>(pol), v.cbegin(), v.cend(), 0.0);  // expect: DET231
}
double p2u(const std::vector<double>& v) { return p2(std::execution::par, v); }
double p3(const std::vector<double>& v) { return std::reduce(v.begin(), v.end()); }
double p4(const std::vector<double>& v) { return std::reduce(ex::seq, v.begin(), v.end()); }
long p5(const std::vector<long>& v) { return std::reduce(ex::par, v.begin(), v.end()); }
float p6(const std::vector<int>& v) {
  return std::transform_reduce(ex::par, v.begin(), v.end(), 0.f, std::plus<>{},  // expect: DET231
                               [](int i) { return i * .1f; });
}
double p7(const std::vector<double>& v) {
  return std::reduce(ex::par, v.begin(), v.end(), 0.0,
                     [](double a, double b) { return std::max(a, b); });
}
void p8(std::vector<float>& v) { std::inclusive_scan(ex::par, v.begin(), v.end(), v.begin()); }  // expect: DET231
double p9(const std::vector<double>& v) {
  double t = 0;
  std::mutex m;
  std::for_each(ex::par, v.begin(), v.end(), [&](double x) {  // expect: DET231
    std::lock_guard l(m);
    t += x;
  });
  return t;
}
// 208
struct Pool {
  std::atomic<size_t> n{0};
  std::vector<int> out;
  void push(int v) { out[n.fetch_add(1)] = v; }  // expect: DET208
};
void s1(std::atomic<int>& next, std::vector<float>& o, const std::vector<float>& in) {
  for (int i; (i = next++) < (int)in.size();) o[i] = in[i];
}
void s2(std::atomic<int>& n, int* o, int v) {
  int at = n++;  // expect: DET208
  o[at] = v;
}
// 230
double omp1(const double* x, int n) {
  double s = 0, c = 0;
#pragma omp parallel for simd reduction(+ : s, c) schedule(guided)  // expect: DET230
  for (int i = 0; i < n; ++i) {
    s += x[i];
    c += 1;
  }
  return s / c;
}
int omp2(const int* x, int n) {
  int s = 0;
#pragma omp parallel for reduction(+ : s)
  for (int i = 0; i < n; ++i) s += x[i];
  return s;
}
double omp3(const double* x, int n) {
  double s = 0;
#pragma omp parallel for reduction(max : s)
  for (int i = 0; i < n; ++i) s = std::fmax(s, x[i]);
  return s;
}
#define PAR_SUM(v) _Pragma("omp parallel for reduction(+ : s)")
double omp4(const double* x, int n) {
  double s = 0;
  PAR_SUM(s)  // expect: DET230
  for (int i = 0; i < n; ++i) s += x[i];
  return s;
}
struct Grad {
  std::vector<float> g;
  void add(const int* k, const float* v, int n) {
#pragma omp parallel for
    for (int i = 0; i < n; ++i) {
#pragma omp atomic update
      g[k[i]] += v[i];  // expect: DET230
    }
  }
};
double omp5(const double* x, int n) {
  double total = 0;
#pragma omp parallel
  {
    double mine = 0;
#pragma omp for nowait
    for (int i = 0; i < n; ++i) mine += x[i];
#pragma omp critical(sum)
    total += mine;  // expect: DET230
  }
  return total;
}
double omp6(const double* x, int n) {
  double s = 0;
#pragma omp simd reduction(+ : s)
  for (int i = 0; i < n; ++i) s += x[i];
  return s;
}
typedef struct {
  double re, im;
} cplx;
#pragma omp declare reduction(addc:cplx                                           \
                              : omp_out.re += omp_in.re, omp_out.im += omp_in.im) \
    initializer(omp_priv = cplx{0, 0})
double omp7(const cplx* x, int n) {
  cplx s{0, 0};
#pragma omp parallel for reduction(addc : s)  // expect: DET230
  for (int i = 0; i < n; ++i) {
    s.re += x[i].re;
    s.im += x[i].im;
  }
  return s.re;
}
double omp8(const double* x, int n) {
  double s = 0;
#pragma omp taskloop reduction(+ : s)  // expect: DET230
  for (int i = 0; i < n; ++i) s += x[i];
  return s;
}
