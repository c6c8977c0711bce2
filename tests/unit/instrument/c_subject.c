/* The probe API from plain C99. */
#include <detaudit/probe.h>

static void scale(void* context) {
  float* values = (float*)context;
  for (int i = 0; i < 4; ++i) values[i] *= 2.0f;
}

int main(void) {
  float values[4] = {1, 2, 3, 4};
  detaudit_buffer buffer = {"values", values, 4, DETAUDIT_F32};
  detaudit_op* op = detaudit_op_begin("scale", "by hand");
  detaudit_op_input(op, buffer);
  scale(values);
  detaudit_op_output(op, buffer);
  detaudit_op_end(op);
  detaudit_op_run("scale", "as a function", &buffer, 1, &buffer, 1, scale, values);
  return values[3] == 16.0f ? 0 : 1;
}
