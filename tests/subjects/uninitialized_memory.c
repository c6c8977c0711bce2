/* A buffer accumulated into without being cleared; the twin clears it. */
#include <detaudit/probe.h>
#include <stdlib.h>
#include <string.h>

enum { kValues = 4096 };

int main(void) {
  static float x[kValues];
  for (int i = 0; i < kValues; ++i) x[i] = (float)i;
  for (unsigned step = 0; step < 3; ++step) {
    detaudit_step(step);
    detaudit_op* op = detaudit_op_begin("accumulate", NULL);
    detaudit_op_input(op, (detaudit_buffer){"x", x, kValues, DETAUDIT_F32});
    float* sums = malloc(sizeof x);
#ifdef CLEAN
    memset(sums, 0, sizeof x);
#endif
    for (int i = 0; i < kValues; ++i) sums[i] += x[i];
    detaudit_op_output(op, (detaudit_buffer){"sums", sums, kValues, DETAUDIT_F32});
    detaudit_op_end(op);
    free(sums);
  }
  return 0;
}
