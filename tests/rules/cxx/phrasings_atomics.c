#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

typedef _Atomic(float) shared_float;
typedef struct {
  shared_float loss;
  _Atomic double weights[16];
  atomic_uint seen;
} stats;

void record(stats* s, int i, float v) {
  s->loss += v;              // expect: DET204, replacement: sum/deterministic
  s->weights[i] *= 0.5;      // expect: DET204
  s->seen++;
  atomic_store(&s->loss, v);
}

static uint32_t bits_of(float f) {
  uint32_t u;
  memcpy(&u, &f, sizeof u);
  return u;
}
static float float_of(uint32_t u) {
  union { uint32_t u; float f; } pun = {.u = u};
  return pun.f;
}
void add(_Atomic uint32_t* cell, float v) {
  uint32_t old = atomic_load(cell);
  while (!atomic_compare_exchange_weak(cell, &old, bits_of(float_of(old) + v))) {  // expect: DET202
  }
}

void add_by_sync(float* cell, float v) {
  union { float f; uint32_t u; } old, new;
  do {
    old.f = *cell;
    new.f = old.f + v;
  } while (!__sync_bool_compare_and_swap((uint32_t*)cell, old.u, new.u));  // expect: DET202
}

void set_flag(_Atomic uint32_t* flags, uint32_t bit) {
  uint32_t old = atomic_load(flags);
  while (!atomic_compare_exchange_weak(flags, &old, old | bit)) {
  }
}
