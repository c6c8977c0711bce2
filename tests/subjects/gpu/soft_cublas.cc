// cuBLAS in software, as far as the subjects use it.
#include "tests/subjects/gpu/soft_library.h"

static bool g_atomics = false;

LIBRARY_CALL cublasCreate_v2(void** handle) {
  *handle = &g_atomics;
  return 0;
}
LIBRARY_CALL cublasSetAtomicsMode(void*, int mode) {
  g_atomics = mode == 1;
  return 0;
}
LIBRARY_CALL cublasSsymv_v2(void*, int, int, const float*, const float* a, int, const float*, int,
                            const float*, float* y, int) {
  return launch_sum(g_atomics ? kAtomicSum : kOrderedSum, a, y);
}
