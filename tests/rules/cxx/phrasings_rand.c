#include <stdlib.h>

static double uniform(void) { return drand48(); }  // expect: DET212

double noise(double* x, int n) {
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += x[i] * (random() % 100);  // expect: DET212
  unsigned state = 17;
  sum += rand_r(&state);
  return sum + uniform();
}
