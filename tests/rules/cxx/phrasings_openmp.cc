#include <complex>
#include <vector>

typedef double scalar_t;
struct Force {
  double x, y, z;
  Force& operator+=(const Force& o) {
    x += o.x;
    y += o.y;
    z += o.z;
    return *this;
  }
};
#pragma omp declare reduction(add : Force : omp_out += omp_in) initializer(omp_priv = Force{})

class Solver {
 public:
  double norm(const std::vector<scalar_t>& v) const {
    double sum = 0.0;
    long count = 0;
#pragma omp parallel for default(none) shared(v) reduction(+ : sum) reduction(+ : count) schedule(static)  // expect: DET230
    for (std::size_t i = 0; i < v.size(); ++i) {
      sum += v[i] * v[i];
      count++;
    }
    return sum / count;
  }
  Force total(const std::vector<Force>& f) {
    Force all{};
    int n = static_cast<int>(f.size());
#pragma omp parallel for reduction(add : all)  // expect: DET230
    for (int i = 0; i < n; ++i) all += f[i];
    return all;
  }
  void scatter(const std::vector<int>& to, const std::vector<Force>& f) {
#pragma omp parallel for
    for (int i = 0; i < static_cast<int>(to.size()); ++i) {
#pragma omp critical(scatter)
      out_[to[i]] += f[i];  // expect: DET230
#pragma omp atomic capture
      {
        seen_ = energy_;
        energy_ += f[i].x;  // expect: DET230
      }
#pragma omp atomic
      ++count_;
    }
  }
  std::complex<double> sum(const std::complex<double>* z, int n) {
    double re = 0, im = 0;
#pragma omp parallel
    {
#pragma omp for reduction(+ : re, im)  // expect: DET230
      for (int i = 0; i < n; ++i) {
        re += z[i].real();
        im += z[i].imag();
      }
    }
#pragma omp parallel for reduction(* : re)  // expect: DET230
    for (int i = 0; i < n; ++i) re *= z[i].real();
    return {re, im};
  }

 private:
  std::vector<Force> out_;
  double energy_ = 0, seen_ = 0;
  int count_ = 0;
};

double silent(const double* x, int n, std::vector<double>& partial) {
  double low = x[0];
  bool bad = false;
  long hits = 0;
#pragma omp parallel for reduction(min : low) reduction(|| : bad) reduction(+ : hits)
  for (int i = 0; i < n; ++i) {
    low = x[i] < low ? x[i] : low;
    bad = bad || x[i] != x[i];
    hits += x[i] > 0;
  }
#pragma omp parallel for schedule(static)
  for (int b = 0; b < n / 64; ++b) {
    double sum = 0;
    for (int i = 0; i < 64; ++i) sum += x[b * 64 + i];
    partial[b] = sum;
  }
  double best = 0;
#pragma omp parallel for
  for (int i = 0; i < n; ++i) {
#pragma omp critical
    if (x[i] > best) best = x[i];
#pragma omp atomic write
    low = 0.0;
  }
  double ordered = 0;
#pragma omp simd reduction(+ : ordered)
  for (int i = 0; i < n; ++i) ordered += x[i];
  return best + low + hits + bad + ordered;
}
