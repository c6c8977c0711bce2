/* The last of an array's doubles is read before it is written, and added to a sum in which a small number
 * would be rounded away; the twin clears the array. Nothing is recorded but what it prints. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kCount = 100 };

int main(void) {
  double* values = malloc(kCount * sizeof *values);
  if (!values) return 1;
#ifdef CLEAN
  memset(values, 0, kCount * sizeof *values);
#endif
  for (int i = 0; i < kCount - 1; ++i) values[i] = 1000.0 * i;
  double sum = 0;
  for (int i = 0; i < kCount; ++i) sum += values[i];
  printf("%.17g\n", sum);
  free(values);
  return 0;
}
