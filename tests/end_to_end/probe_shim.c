// Stands between a subject and the probe library, for tests: renames everything that the subject
// says (SHIM_RENAME=1), flips one bit of one output of one operation (SHIM_FLIP=event:output:bit), or
// writes the operations to a file, a line each: op, key, number of outputs (SHIM_LIST=file).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "detaudit/probe.h"

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static const char* renamed(const char* name, char out[16]) {
  const char* asked = getenv("SHIM_RENAME");
  if (!asked || *asked != '1' || !name) return name;
  uint32_t hash = 2166136261u;
  for (const char* c = name; *c; ++c) hash = (hash ^ (unsigned char)*c) * 16777619u;
  snprintf(out, 16, "n%08x", hash);
  return out;
}

static atomic_long operations;

// The output of this operation to flip, or -1.
static long flip_output(long* bit) {
  long event = -1, output = -1;
  const char* asked = getenv("SHIM_FLIP");
  *bit = 0;
  if (!asked || sscanf(asked, "%ld:%ld:%ld", &event, &output, bit) < 2) return -1;
  return atomic_fetch_add(&operations, 1) == event ? output : -1;
}

static void flip(detaudit_buffer buffer, long bit) {
  static const size_t kBytes[] = {1, 4, 8, 2, 2, 4, 8};
  const size_t bytes = buffer.elements * kBytes[buffer.dtype];
  // An index stays a plausible one: its lowest bit.
  const size_t element_bits = 8 * kBytes[buffer.dtype];
  if (buffer.dtype <= DETAUDIT_I64) bit -= bit % (long)element_bits;
  if (bytes > 0) ((unsigned char*)buffer.data)[(size_t)(bit / 8) % bytes] ^= (unsigned char)(1u << (bit % 8));
}

static void list(const char* op, const char* key, size_t n_out) {
  static FILE* file;
  const char* asked = getenv("SHIM_LIST");
  if (!asked) return;
  if (!file) file = fopen(asked, "w");
  if (file) fprintf(file, "%s\t%s\t%zu\n", op, key ? key : "", n_out);
}

struct wrapped {
  void (*body)(void*);
  void* context;
  const detaudit_buffer* out;
  size_t n_out;
  long output, bit;
};

static void run_and_flip(void* context) {
  const struct wrapped* w = context;
  w->body(w->context);
  if (w->output >= 0 && (size_t)w->output < w->n_out) flip(w->out[w->output], w->bit);
}

DETAUDIT_API void detaudit_op_run(const char* op, const char* key, const detaudit_buffer* in,
                                  size_t n_in, const detaudit_buffer* out, size_t n_out,
                                  void (*body)(void*), void* context) {
  char name[16];
  struct wrapped w = {body, context, out, n_out, -1, 0};
  w.output = flip_output(&w.bit);
  list(op, key, n_out);
  REAL(detaudit_op_run)(renamed(op, name), key, in, n_in, out, n_out, run_and_flip, &w);
}

DETAUDIT_API detaudit_op* detaudit_op_begin(const char* op, const char* key) {
  char name[16];
  return REAL(detaudit_op_begin)(renamed(op, name), key);
}

DETAUDIT_API void detaudit_rng_stream(const char* stream, const void* state, size_t bytes) {
  char name[16];
  REAL(detaudit_rng_stream)(renamed(stream, name), state, bytes);
}

DETAUDIT_API void detaudit_batch(const char* dataset, const uint64_t* samples, size_t count) {
  char name[16];
  REAL(detaudit_batch)(renamed(dataset, name), samples, count);
}

DETAUDIT_API void detaudit_metric(const char* metric, double value) {
  char name[16];
  REAL(detaudit_metric)(renamed(metric, name), value);
}
