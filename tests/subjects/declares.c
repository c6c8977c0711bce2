/* declares WHAT: a random output that is declared so that it cannot be read, or a metric that runs do
 * not share; beside each the clean twin. */
#include <detaudit/probe.h>
#include <math.h>
#include <string.h>
#include <sys/random.h>

static void output(void* data, size_t elements) {
  detaudit_op* op = detaudit_op_begin("layer", NULL);
  detaudit_op_output(op, (detaudit_buffer){"y", data, elements, DETAUDIT_F32});
  detaudit_op_end(op);
}

static int is(const char* word, const char* other) { return strcmp(word, other) == 0; }

int main(int count, char** words) {
  unsigned random;
  float values[4] = {1, 2, 3, 4};
  if (count < 2 || getrandom(&random, sizeof random, 0) != sizeof random) return 2;
  const char* what = words[1];
  if (is(what, "nothing")) output(NULL, 4);
  if (is(what, "too_much")) output(values, (size_t)1 << 62);
  if (is(what, "right")) output(values, 4);
  if (is(what, "late")) {
    detaudit_op* op = detaudit_op_begin("layer", NULL);
    detaudit_op_end(op);
    detaudit_op_output(op, (detaudit_buffer){"y", values, 4, DETAUDIT_F32});
  }
  for (unsigned step = 0; step < 3; ++step) {
    detaudit_step(step);
    detaudit_metric("loss", is(what, "not_a_number") ? NAN : 1);
  }
  /* A step more in every second run, on average. */
  detaudit_step(3);
  if (is(what, "extra_metric") && random % 2) detaudit_metric("loss", 100);
  return 0;
}
