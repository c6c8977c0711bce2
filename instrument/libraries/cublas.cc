// cuBLAS and cuBLASLt: what their handles allow, and which algorithm the heuristics choose.
#include <stdlib.h>

#include <cinttypes>
#include <cstring>

#include "instrument/libraries/handle_table.h"
#include "instrument/libraries/library_function.h"

namespace detaudit::instrument {
namespace {

constexpr const char *kBlas = "libcublas.", *kLight = "libcublasLt.";
constexpr int kSuccess = 0, kNotInitialized = 1;

struct Handle {
  bool atomics = false;  // allowed
};
constinit HandleTable<Handle> g_handles;

constinit LibraryFunction<int(void**)> g_create(kBlas, "cublasCreate_v2");
constinit LibraryFunction<int(void*, int)> g_atomics(kBlas, "cublasSetAtomicsMode");
constinit LibraryFunction<int(void*, void*, size_t)> g_workspace(kBlas, "cublasSetWorkspace_v2");

// What decides about workspaces, outside any call.
void note_environment() {
  for (const char* name : {"CUBLAS_WORKSPACE_CONFIG", "CUBLASLT_WORKSPACE_SIZE",
                           "NVIDIA_TF32_OVERRIDE", "CUBLAS_EMULATION_STRATEGY"}) {
    const char* value = getenv(name);
    char text[160];
    std::snprintf(text, sizeof text, "%s%s%s", name, value ? "=" : " is not set",
                  value ? value : "");
    if (value || std::strcmp(name, "CUBLAS_WORKSPACE_CONFIG") == 0)
      note_library_setting("environment", text);
  }
}

// A matrix product of either library: its handle says whether atomics are allowed.
const char* how_multiplied(void* handle, char (&text)[96]) {
  const auto known = g_handles.find(handle);
  if (!known.known || !known.state.atomics) return nullptr;
  std::snprintf(text, sizeof text, "%satomics are allowed on its handle", kNotReproducible);
  return text;
}

template <typename Function, typename... Arguments>
int multiply(LibraryFunction<Function>& function, void* handle, Arguments... arguments) {
  char text[96];
  const char* how = probing() ? how_multiplied(handle, text) : nullptr;
  LibraryCall call(function.name(), how);
  return function.call(kNotInitialized, handle, arguments...);
}

// The head of a cublasLtMatmulHeuristicResult_t: an algorithm is 64 bytes.
struct LightResult {
  uint64_t algorithm[8];
  size_t workspace_bytes;
};
using LightHeuristic = int(void*, void*, void*, void*, void*, void*, void*, int, LightResult*,
                           int*);
constinit LibraryFunction<LightHeuristic> g_heuristic(kLight, "cublasLtMatmulAlgoGetHeuristic");

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED int cublasCreate_v2(void** handle) {
  const int result = g_create.call(kNotInitialized, handle);
  ProbeScope scope;
  if (scope && result == kSuccess && handle) {
    g_handles.made(*handle);
    note_environment();
  }
  return result;
}

DETAUDIT_INTERPOSED int cublasSetAtomicsMode(void* handle, int mode) {
  const int result = g_atomics.call(kNotInitialized, handle, mode);
  ProbeScope scope;
  if (scope && result == kSuccess) {
    const auto known = g_handles.update(handle, [&](Handle& h) { h.atomics = mode == 1; });
    char text[96];
    std::snprintf(text, sizeof text, "handle %u: %s", known.number,
                  mode == 1 ? "atomics allowed" : "atomics not allowed");
    note_library_setting(g_atomics.name(), text);
  }
  return result;
}

DETAUDIT_INTERPOSED int cublasSetWorkspace_v2(void* handle, void* workspace, size_t bytes) {
  const int result = g_workspace.call(kNotInitialized, handle, workspace, bytes);
  ProbeScope scope;
  if (scope && result == kSuccess) {
    char text[96];
    std::snprintf(text, sizeof text, "handle %u: %zu bytes%s", g_handles.find(handle).number, bytes,
                  workspace ? "" : ", cuBLAS's own");
    note_library_setting(g_workspace.name(), text);
  }
  return result;
}

DETAUDIT_INTERPOSED int cublasLtMatmulAlgoGetHeuristic(void* light, void* operation, void* a,
                                                       void* b, void* c, void* d, void* preference,
                                                       int requested, LightResult* results,
                                                       int* returned) {
  const int result = g_heuristic.call(kNotInitialized, light, operation, a, b, c, d, preference,
                                      requested, results, returned);
  ProbeScope scope;
  if (scope && result == kSuccess && results && returned && *returned > 0) {
    char text[224] = "algorithm ";
    int used = 10;
    for (const uint64_t word : results->algorithm)
      used +=
          std::snprintf(text + used, sizeof text - static_cast<size_t>(used), "%" PRIx64 ".", word);
    std::snprintf(text + used, sizeof text - static_cast<size_t>(used),
                  " with %zu bytes of workspace", results->workspace_bytes);
    record_choice(g_heuristic.name(), {}, text);
  }
  return result;
}

// The products that frameworks call most; `T` is the type of the scalars and matrices.
#define DETAUDIT_GEMM(name, T)                                                                    \
  static constinit LibraryFunction<int(void*, int, int, int, int, int, const T*, const T*, int,   \
                                       const T*, int, const T*, T*, int)>                         \
      g_##name(kBlas, #name);                                                                     \
  DETAUDIT_INTERPOSED int name(void* handle, int ta, int tb, int m, int n, int k, const T* alpha, \
                               const T* a, int lda, const T* b, int ldb, const T* beta, T* c,     \
                               int ldc) {                                                         \
    return multiply(g_##name, handle, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);      \
  }
DETAUDIT_GEMM(cublasSgemm_v2, float)
DETAUDIT_GEMM(cublasDgemm_v2, double)

// Those for which cuBLAS documents that atomics change the bits.
#define DETAUDIT_SYMV(name, T)                                                                     \
  static constinit LibraryFunction<int(void*, int, int, const T*, const T*, int, const T*, int,    \
                                       const T*, T*, int)>                                         \
      g_##name(kBlas, #name);                                                                      \
  DETAUDIT_INTERPOSED int name(void* handle, int uplo, int n, const T* alpha, const T* a, int lda, \
                               const T* x, int incx, const T* beta, T* y, int incy) {              \
    return multiply(g_##name, handle, uplo, n, alpha, a, lda, x, incx, beta, y, incy);             \
  }
DETAUDIT_SYMV(cublasSsymv_v2, float)
DETAUDIT_SYMV(cublasDsymv_v2, double)

static constinit LibraryFunction<int(void*, int, int, int, int, int, const void*, const void*, int,
                                     int, const void*, int, int, const void*, void*, int, int, int,
                                     int)>
    g_gemm_ex(kBlas, "cublasGemmEx");
DETAUDIT_INTERPOSED int cublasGemmEx(void* handle, int ta, int tb, int m, int n, int k,
                                     const void* alpha, const void* a, int a_type, int lda,
                                     const void* b, int b_type, int ldb, const void* beta, void* c,
                                     int c_type, int ldc, int compute, int algorithm) {
  return multiply(g_gemm_ex, handle, ta, tb, m, n, k, alpha, a, a_type, lda, b, b_type, ldb, beta,
                  c, c_type, ldc, compute, algorithm);
}

static constinit LibraryFunction<int(void*, int, int, int, int, int, const void*, const void*, int,
                                     int, long long, const void*, int, int, long long, const void*,
                                     void*, int, int, long long, int, int, int)>
    g_gemm_batched(kBlas, "cublasGemmStridedBatchedEx");
DETAUDIT_INTERPOSED int cublasGemmStridedBatchedEx(void* handle, int ta, int tb, int m, int n,
                                                   int k, const void* alpha, const void* a,
                                                   int a_type, int lda, long long a_stride,
                                                   const void* b, int b_type, int ldb,
                                                   long long b_stride, const void* beta, void* c,
                                                   int c_type, int ldc, long long c_stride,
                                                   int batch, int compute, int algorithm) {
  return multiply(g_gemm_batched, handle, ta, tb, m, n, k, alpha, a, a_type, lda, a_stride, b,
                  b_type, ldb, b_stride, beta, c, c_type, ldc, c_stride, batch, compute, algorithm);
}

static constinit LibraryFunction<int(void*, void*, const void*, const void*, void*, const void*,
                                     void*, const void*, const void*, void*, void*, void*,
                                     const void*, void*, size_t, void*)>
    g_light(kLight, "cublasLtMatmul");
DETAUDIT_INTERPOSED int cublasLtMatmul(void* light, void* description, const void* alpha,
                                       const void* a, void* a_layout, const void* b, void* b_layout,
                                       const void* beta, const void* c, void* c_layout, void* d,
                                       void* d_layout, const void* algorithm, void* workspace,
                                       size_t bytes, void* stream) {
  return multiply(g_light, light, description, alpha, a, a_layout, b, b_layout, beta, c, c_layout,
                  d, d_layout, algorithm, workspace, bytes, stream);
}
