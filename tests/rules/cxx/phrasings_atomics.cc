#include <atomic>
#include <cstring>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace metrics {
template <typename T>
using Cell = std::atomic<T>;
using Real = double;

template <typename T>
class Meter {
 public:
  Meter& operator+=(T amount) {
    value_.fetch_add(amount, std::memory_order_relaxed);  // expect: DET204
    return *this;
  }
  void tick() { ticks_.fetch_add(1, std::memory_order_relaxed); }

 private:
  Cell<T> value_{};
  Cell<long> ticks_{0};
};

template <typename T>
class Tally {
 public:
  void add(T amount) { value_ += amount; }

 private:
  Cell<T> value_{};
};
}  // namespace metrics

struct Loss : std::atomic<float> {
  using std::atomic<float>::atomic;
};

struct Shared {
  std::unique_ptr<std::atomic<double>[]> bins;
  std::vector<std::atomic<float>>* rows;
};

void inherited(Loss& loss, Shared& shared, int i) {
  loss += 0.5f;                       // expect: DET204
  shared.bins[i].fetch_sub(1.0);      // expect: DET204
  (*shared.rows)[i] += 0.25f;         // expect: DET204
  shared.bins[i].store(0.0);
}

void by_thread(metrics::Meter<metrics::Real>& meter, metrics::Tally<long>& tally, std::vector<float> const& x) {
  std::atomic<double> sum{0};
  auto body = [&sum, &x](int i) {
    sum.fetch_add(x[i]);  // expect: DET204
  };
  std::thread one(body, 0), two(std::ref(body), 1);
  one.join();
  two.join();
  meter += sum.load();
  meter.tick();
  tally.add(1);
}

template <typename T>
T atomic_add(std::atomic<T>& target, T value) {
  T seen = target.load(std::memory_order_relaxed);
  T wanted;
  do {
    wanted = seen + value;
  } while (!target.compare_exchange_weak(seen, wanted, std::memory_order_acq_rel));  // expect: DET202
  return wanted;
}

template <typename T, typename F>
void update(std::atomic<T>& target, F&& change) {
  T seen = target.load();
  while (!target.compare_exchange_weak(seen, change(seen))) {
  }
}

void loops(std::atomic<float>& total, std::atomic<int>& count, std::atomic_ref<double> mean, double x) {
  atomic_add(total, 1.0f);
  atomic_add(count, 2);
  update(count, [](int c) { return c + 1; });
  double before = mean.load();
  for (double after = before * 0.9 + x * 0.1;
       !std::atomic_compare_exchange_weak(reinterpret_cast<std::atomic<double>*>(&x), &before, after);  // expect: DET202
       after = before * 0.9 + x * 0.1) {
  }
  float lowest = total.load();
  while (true) {
    const float mine = std::min(lowest, static_cast<float>(x));
    if (total.compare_exchange_weak(lowest, mine)) break;
  }
}

// The name alone does not make an atomic.
namespace plain {
template <typename T>
struct atomic {
  T value{};
  T fetch_add(T v) { return value += v; }
  atomic& operator+=(T v) {
    value += v;
    return *this;
  }
};
}  // namespace plain
void not_shared(plain::atomic<float>& place, std::atomic<float*>& cursor) {
  place.fetch_add(1.0f);
  place += 2.0f;
  cursor += 4;
  cursor.fetch_add(1);
}
