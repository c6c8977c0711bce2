/* A learning rate that decays with the date; the twin's with the step. */
#include <detaudit/probe.h>
#include <time.h>

int main(void) {
  double rate = 0;
  for (unsigned step = 0; step < 3; ++step) {
    detaudit_step(step);
    detaudit_op* op = detaudit_op_begin("rate", NULL);
#ifdef CLEAN
    rate = 1.0 / (1 + step);
#else
    rate = 1.0 / (double)time(NULL);
#endif
    detaudit_op_output(op, (detaudit_buffer){"rate", &rate, 1, DETAUDIT_F64});
    detaudit_op_end(op);
  }
  return 0;
}
