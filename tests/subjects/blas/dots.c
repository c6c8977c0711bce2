// Knows nothing of detaudit: dot products by whatever BLAS it is linked with.
#include <stdio.h>

double cblas_ddot(int n, const double* x, int step_x, const double* y, int step_y);

enum { kElements = 200000 };

int main(void) {
  static double x[kElements], y[kElements];
  double sum = 0;
  for (int round = 0; round < 60; ++round) {
    for (int i = 0; i < kElements; ++i) {
      x[i] = 1.0 / (1 + (i * 7919 + round) % 977) - 0.003;
      y[i] = (i / 50000 + 1) * 0.37;
    }
    sum += cblas_ddot(kElements, x, 1, y, 1);
  }
  printf("%.17g\n", sum);
  return 0;
}
