/* Steps for ever, or for as many steps as argv[1] says, with one small operation in each. */
#include <detaudit/probe.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void die(int signal) {
  (void)signal;
  _exit(0); /* as a subject that handles SIGTERM: it ends without a word to the recorder */
}

int main(int argc, char** argv) {
  unsigned long steps = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
  struct timespec pause = {0, 1000000};
  float value = 1;
  signal(SIGTERM, die);
  for (unsigned long step = 0; steps == 0 || step < steps; ++step) {
    detaudit_buffer buffer = {"value", &value, 1, DETAUDIT_F32};
    detaudit_op* op;
    detaudit_step(step);
    op = detaudit_op_begin("tick", NULL);
    value += 1;
    detaudit_op_output(op, buffer);
    detaudit_op_end(op);
    nanosleep(&pause, NULL);
  }
  return 0;
}
