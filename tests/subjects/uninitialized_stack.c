/* Local arrays accumulated into without being cleared, on the first thread's stack and on
 * another's; the twin clears them. */
#include <detaudit/probe.h>
#include <pthread.h>
#include <string.h>

enum { kValues = 1024 };

static float x[kValues];

static void* accumulate(void* name) {
  float sums[kValues];
  __asm__ volatile("" : : "r"(sums) : "memory"); /* for the compiler it may hold anything */
#ifdef CLEAN
  memset(sums, 0, sizeof sums);
#endif
  detaudit_op* op = detaudit_op_begin(name, NULL);
  detaudit_op_input(op, (detaudit_buffer){"x", x, kValues, DETAUDIT_F32});
  for (int i = 0; i < kValues; ++i) sums[i] += x[i];
  detaudit_op_output(op, (detaudit_buffer){"sums", sums, kValues, DETAUDIT_F32});
  detaudit_op_end(op);
  return NULL;
}

int main(void) {
  pthread_t thread;
  for (int i = 0; i < kValues; ++i) x[i] = (float)i;
  accumulate("first");
  detaudit_step(1);
  return pthread_create(&thread, NULL, accumulate, "second") || pthread_join(thread, NULL);
}
