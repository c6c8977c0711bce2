// Calls of OpenBLAS, for whole-process comparisons: `blas_calls dot CALLS` or `blas_calls gemm
// CALLS`.
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int calls = atoi(argv[2]), n = strcmp(argv[1], "dot") == 0 ? 8 : 1024;
  double *a = calloc((size_t)n * n, sizeof *a), *c = calloc((size_t)n * n, sizeof *c), sum = 0;
  for (int i = 0; i < n * n; ++i) a[i] = i % 13 - 6;
  for (int i = 0; i < calls; ++i) {
    if (n == 8)
      sum += cblas_ddot(n, a, 1, a + n, 1);
    else
      cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1.0, a, n, a, n, 0.0, c, n);
  }
  printf("%g\n", sum + c[n]);
  return 0;
}
