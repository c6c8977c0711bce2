// A product by OpenBLAS over as many threads as the clock says (a hazard), or over one (CLEAN): of
// a wide matrix each thread multiplies its columns, and the sums are added up.
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { kRows = 4, kColumns = 20000 };

int main(void) {
  double *a = malloc(sizeof *a * kRows * kColumns), *x = malloc(sizeof *x * kColumns);
  double y[kRows] = {0};
  for (int i = 0; i < kRows * kColumns; ++i) a[i] = 1.0 / (1 + i % 977) - 0.003;
  for (int i = 0; i < kColumns; ++i) x[i] = 1.0 / (1 + i % 771);
#ifdef CLEAN
  openblas_set_num_threads(1);
#else
  openblas_set_num_threads(1 + (int)(time(NULL) / 60 % 2));
#endif
  cblas_dgemv(CblasColMajor, CblasNoTrans, kRows, kColumns, 1, a, kRows, x, 1, 0, y, 1);
  for (int i = 0; i < kRows; ++i) printf("%.17g\n", y[i]);
  free(a);
  free(x);
  return 0;
}
