#include <stdatomic.h>

static _Atomic float total;
static _Atomic double sums[4];
static atomic_int steps;

void add(float value, int i) {
  total += value;    // expect: DET204, replacement: sum/deterministic
  sums[i] -= value;  // expect: DET204
  steps += 1;
  atomic_fetch_add(&steps, 1);
  total = value;
}
