#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/pool.h"
#include "kernels/variant.h"

namespace detaudit::kernels {

// What one pair costs at one shape, seconds per execution (median), in one process.
struct PairCost {
  std::string shape;             // "contended: rows=65536 cols=64"
  double atomic_seconds = 0;
  double deterministic_seconds = 0;
  double private_merge_seconds = 0;  // thread-private buffers merged in arrival order
};

// What verifying one pair found: over shapes, thread counts and schedules.
struct PairCheck {
  unsigned executions = 0;
  unsigned distinct_atomic = 0;         // distinct digests of the atomic version
  unsigned distinct_deterministic = 0;  // must be 1
  double max_relative_error = 0;        // deterministic against float64
  double error_bound = 0;               // derived, not tuned
  bool passed = false;
};

// One op with an atomic and a deterministic implementation.
struct Pair {
  std::string_view op;             // "max_pool2d_backward"
  std::string_view summary;        // what it computes, one line
  std::string_view atomic_how;     // why the usual implementation varies
  std::string_view deterministic_how;  // the argument: why these bits depend on neither
                                       // thread count nor schedule
  std::string_view source;         // of the algorithm
  std::string_view header;         // "kernels/pooling.h"
  std::function<PairCost(Pool&)> measure;      // at the contended shape
  std::function<PairCheck(unsigned repeats)> verify;
};

std::span<const Pair> catalogue();
const Pair* find_pair(std::string_view op);  // null when there is none

}  // namespace detaudit::kernels
