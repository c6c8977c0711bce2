/* An operation that always agrees, and a line that does not: the time, or bytes never written. */
#include <detaudit/probe.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(void) {
  double x = 1;
  detaudit_op* op = detaudit_op_begin("constant", NULL);
  detaudit_op_output(op, (detaudit_buffer){"x", &x, 1, DETAUDIT_F64});
  detaudit_op_end(op);
#ifdef PRINT_TIME
  printf("done at %ld\n", (long)time(NULL));
#else
  unsigned char* block = malloc(4096);
  __asm__ volatile("" : : "r"(block) : "memory");
  printf("checksum %d\n", block[100]);
  free(block);
#endif
  return 0;
}
