// Products and factorizations in corners of larger matrices: what lies around was never written.
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>

void dgesv_(int*, int*, double*, int*, int*, double*, int*, int*);
void dpotrf_(char*, int*, double*, int*, int*, unsigned long);

enum { kN = 60, kStride = 71 };

static double* corner(double scale) {
  double* m = malloc(sizeof *m * kN * kStride);
  for (int j = 0; j < kN; ++j)
    for (int i = 0; i < kN; ++i)
      m[j * kStride + i] = scale * ((i * 31 + j * 17) % 23) + (i == j) * 90;
  return m;
}

int main(void) {
  double *a = corner(1), *b = corner(0.5), *c = corner(0), *x = corner(2);
  int n = kN, stride = kStride, one = 1, info = 0, pivots[kN];
  double* spread = malloc(sizeof *spread * kN * 3);  // every third is used
  for (int i = 0; i < kN; ++i) spread[3 * i] = i - 20;
  cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, n, n, 1.0, a, stride, b, stride, 0.0, c,
              stride);
  cblas_dsyrk(CblasColMajor, CblasLower, CblasNoTrans, n, n, 1.0, a, stride, 0.0, c, stride);
  cblas_dgemv(CblasColMajor, CblasNoTrans, n, n, 1.0, a, stride, spread, -3, 0.0, x, 1);
  const double dot = cblas_ddot(n, spread, 3, a, stride);
  dpotrf_("L", &n, c, &stride, &info, 1);
  dgesv_(&n, &one, a, &stride, pivots, x, &n, &info);
  printf("%.17g %.17g %.17g %d\n", c[5], dot, x[3], info);
  return 0;
}
