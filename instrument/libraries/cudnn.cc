// cuDNN: which convolution algorithms are chosen and used, and how dropout is seeded.
#include "instrument/libraries/cudnn_problem.h"
#include "instrument/libraries/library_function.h"

namespace detaudit::instrument {
namespace {

constexpr const char* kLibrary = kCudnnLibrary;
constexpr int kSuccess = 0;
constexpr int kNotInitialized = 1;  // an error in every version

enum class Direction { kForward, kBackwardData, kBackwardFilter };

// Those that cuDNN's manual calls non-deterministic.
bool not_reproducible(Direction direction, int algorithm) {
  switch (direction) {
    case Direction::kForward:
      return false;
    case Direction::kBackwardData:
      return algorithm == 0;
    case Direction::kBackwardFilter:
      return algorithm == 0 || algorithm == 3;
  }
  return false;
}

const char* algorithm_text(Direction direction, int algorithm, char (&text)[64]) {
  std::snprintf(text, sizeof text, "%salgorithm %d",
                not_reproducible(direction, algorithm) ? kNotReproducible : "", algorithm);
  return text;
}

// The head of a cudnnConvolution*AlgoPerf_t; the best comes first.
struct Performance {
  int algorithm;
  int status;
};

void choose(const char* call, Direction direction, const CudnnProblem& problem, int algorithm) {
  ProbeScope scope;
  if (!scope) return;
  char text[64];
  record_choice(call, problem.bytes(), algorithm_text(direction, algorithm, text));
}

// cudnnFind* measures, cudnnGet*_v7 asks a heuristic: both answer with a list, best first.
template <typename Function, typename... Arguments>
int ask(LibraryFunction<Function>& function, Direction direction, const CudnnProblem& problem,
        const int* returned, const Performance* results, Arguments... arguments) {
  int result;
  {
    LibraryCall call(function.name());
    result = function.call(kNotInitialized, arguments...);
  }
  if (result == kSuccess && returned && *returned > 0 && results && results->status == kSuccess)
    choose(function.name(), direction, problem, results->algorithm);
  return result;
}

template <typename Function, typename... Arguments>
int convolve(LibraryFunction<Function>& function, Direction direction, const CudnnProblem& problem,
             int algorithm, Arguments... arguments) {
  char text[64];
  algorithm_text(direction, algorithm, text);
  choose(function.name(), direction, problem, algorithm);
  LibraryCall call(function.name(), text);
  return function.call(kNotInitialized, arguments...);
}

using Ask = int(void*, void*, void*, void*, void*, int, int*, Performance*);
using Measure = int(void*, void*, const void*, void*, const void*, void*, void*, void*, int, int*,
                    Performance*, void*, size_t);
using Convolve = int(void*, const void*, void*, const void*, void*, const void*, void*, int, void*,
                     size_t, const void*, void*, void*);

CudnnProblem forward_problem(void* x, void* w, void* convolution, void* y) {
  CudnnProblem problem;
  problem.add_tensor(x);
  problem.add_filter(w);
  problem.add_convolution(convolution);
  problem.add_tensor(y);
  return problem;
}
CudnnProblem data_problem(void* w, void* dy, void* convolution, void* dx) {
  CudnnProblem problem;
  problem.add_filter(w);
  problem.add_tensor(dy);
  problem.add_convolution(convolution);
  problem.add_tensor(dx);
  return problem;
}
CudnnProblem filter_problem(void* x, void* dy, void* convolution, void* dw) {
  CudnnProblem problem;
  problem.add_tensor(x);
  problem.add_tensor(dy);
  problem.add_convolution(convolution);
  problem.add_filter(dw);
  return problem;
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

#define DETAUDIT_ASK(name, direction, problem)                                                   \
  static constinit LibraryFunction<Ask> g_##name(kLibrary, #name);                               \
  DETAUDIT_INTERPOSED int name(void* handle, void* a, void* b, void* convolution, void* c,       \
                               int requested, int* returned, Performance* results) {             \
    return ask(g_##name, Direction::direction, problem(a, b, convolution, c), returned, results, \
               handle, a, b, convolution, c, requested, returned, results);                      \
  }
DETAUDIT_ASK(cudnnFindConvolutionForwardAlgorithm, kForward, forward_problem)
DETAUDIT_ASK(cudnnFindConvolutionBackwardDataAlgorithm, kBackwardData, data_problem)
DETAUDIT_ASK(cudnnFindConvolutionBackwardFilterAlgorithm, kBackwardFilter, filter_problem)
DETAUDIT_ASK(cudnnGetConvolutionForwardAlgorithm_v7, kForward, forward_problem)
DETAUDIT_ASK(cudnnGetConvolutionBackwardDataAlgorithm_v7, kBackwardData, data_problem)
DETAUDIT_ASK(cudnnGetConvolutionBackwardFilterAlgorithm_v7, kBackwardFilter, filter_problem)

#define DETAUDIT_MEASURE(name, direction, problem)                                                 \
  static constinit LibraryFunction<Measure> g_##name(kLibrary, #name);                             \
  DETAUDIT_INTERPOSED int name(void* handle, void* a, const void* a_data, void* b,                 \
                               const void* b_data, void* convolution, void* c, void* c_data,       \
                               int requested, int* returned, Performance* results,                 \
                               void* workspace, size_t bytes) {                                    \
    return ask(g_##name, Direction::direction, problem(a, b, convolution, c), returned, results,   \
               handle, a, a_data, b, b_data, convolution, c, c_data, requested, returned, results, \
               workspace, bytes);                                                                  \
  }
DETAUDIT_MEASURE(cudnnFindConvolutionForwardAlgorithmEx, kForward, forward_problem)
DETAUDIT_MEASURE(cudnnFindConvolutionBackwardDataAlgorithmEx, kBackwardData, data_problem)
DETAUDIT_MEASURE(cudnnFindConvolutionBackwardFilterAlgorithmEx, kBackwardFilter, filter_problem)

#define DETAUDIT_CONVOLVE(name, direction, problem)                                                \
  static constinit LibraryFunction<Convolve> g_##name(kLibrary, #name);                            \
  DETAUDIT_INTERPOSED int name(void* handle, const void* alpha, void* a, const void* a_data,       \
                               void* b, const void* b_data, void* convolution, int algorithm,      \
                               void* workspace, size_t bytes, const void* beta, void* c,           \
                               void* c_data) {                                                     \
    return convolve(g_##name, Direction::direction, problem(a, b, convolution, c), algorithm,      \
                    handle, alpha, a, a_data, b, b_data, convolution, algorithm, workspace, bytes, \
                    beta, c, c_data);                                                              \
  }
DETAUDIT_CONVOLVE(cudnnConvolutionForward, kForward, forward_problem)
DETAUDIT_CONVOLVE(cudnnConvolutionBackwardData, kBackwardData, data_problem)
DETAUDIT_CONVOLVE(cudnnConvolutionBackwardFilter, kBackwardFilter, filter_problem)

// Of a plan of the graph interface nothing is asked: which engine runs shows in its kernels.
static constinit LibraryFunction<int(void*, void*, void*)> g_execute(kLibrary,
                                                                     "cudnnBackendExecute");
DETAUDIT_INTERPOSED int cudnnBackendExecute(void* handle, void* plan, void* pack) {
  LibraryCall call(g_execute.name());
  return g_execute.call(kNotInitialized, handle, plan, pack);
}

static constinit LibraryFunction<int(void*, void*, float, void*, size_t, unsigned long long)>
    g_dropout(kLibrary, "cudnnSetDropoutDescriptor");
DETAUDIT_INTERPOSED int cudnnSetDropoutDescriptor(void* dropout, void* handle, float rate,
                                                  void* states, size_t bytes,
                                                  unsigned long long seed) {
  if (ProbeScope scope; scope && states) {
    char text[64];
    std::snprintf(text, sizeof text, "seed %llu", seed);
    record_seed(g_dropout.name(), "", text);
  }
  LibraryCall call(g_dropout.name());
  return g_dropout.call(kNotInitialized, dropout, handle, rate, states, bytes, seed);
}
