#include <atomic>
#include <complex>
#include <cstdint>
#include <cstring>

using Loss = std::atomic<double>;
template <class T>
using Shared = std::atomic<T>;
#define ACCUMULATE(target, value) target.fetch_add(value)

struct Totals {
  std::atomic<float> loss{0};
  std::atomic<int> count{0};
  void add(float value) {
    loss += value;  // expect: DET204, replacement: sum/deterministic
    count += 1;
  }
};

template <class T>
void bump(std::atomic<T>& place, T value) {
  place.fetch_add(value, std::memory_order_relaxed);  // expect: DET204
}

template <class T>
void count(std::atomic<T>& place) {
  place.fetch_add(1);
}

void kinds(Loss& loss, Shared<float>& shared, float& plain, std::atomic<long>& steps) {
  loss.fetch_add(1.0);                        // expect: DET204
  shared -= 1.0f;                             // expect: DET204
  std::atomic_ref<float>(plain).fetch_add(1);  // expect: DET204
  std::atomic_ref reference(plain);
  reference += 2;                             // expect: DET204
  std::atomic_fetch_add(&shared, 1.0f);       // expect: DET204
  ACCUMULATE(loss, 2.0);                      // expect: DET204
  ACCUMULATE(steps, 2);
  bump(loss, 1.0);
  count(steps);
  shared.store(1.0f);
  shared = shared.load();
}

void by_swapping(std::atomic<float>& total, float value, std::atomic<uint32_t>& bits) {
  float old = total.load();
  while (!total.compare_exchange_weak(old, old + value)) {  // expect: DET202
  }
  float best = total.load();
  while (best < value && !total.compare_exchange_weak(best, value)) {
  }
  uint32_t expected = bits.load();
  for (;;) {
    float now;
    std::memcpy(&now, &expected, sizeof now);
    now += value;
    uint32_t desired;
    std::memcpy(&desired, &now, sizeof desired);
    if (bits.compare_exchange_strong(expected, desired)) break;  // expect: DET202
  }
  uint32_t integer = bits.load();
  while (!bits.compare_exchange_weak(integer, integer * 3 + 1)) {
  }
}

void by_builtin(double* total, double value) {
  double old, sum;
  __atomic_load(total, &old, __ATOMIC_RELAXED);
  do {
    sum = old + value;
  } while (!__atomic_compare_exchange(total, &old, &sum, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));  // expect: DET202
}

// Mine is only called so.
struct atomic {
  float value;
  void fetch_add(float other) { value += other; }
};
void own(atomic& place) { place.fetch_add(1.0f); }
