#pragma once

#include <cstdint>

#include "instrument/libraries/tensorflow_library.h"

namespace detaudit::instrument {

// What a kernel is to an audit.
enum class KernelRole : uint8_t {
  kSilent,     // moves values or control about, or contains other kernels
  kMove,       // no event either, but its outputs are memory of their own
  kOnce,       // a constant: looked at when it is first executed
  kReader,     // an operation that leaves the state of its resources as it is
  kVariable,   // reads a variable: what it gives is the variable's state
  kBatch,      // takes the next element of a dataset
  kOperation,
};

// A kernel as it is known after its first execution. Kept for good, one a (name, type).
struct KernelFacts {
  uint64_t name_hash;
  KernelRole role;
  bool compiled;    // XLA's: what is inside cannot be seen
  bool executed;
  uint32_t line;
  const char* file;  // null: where the node was made is not known
  char op[80];       // "tf.raw_ops.MatMul"
  char key[176];     // the node's name without the calls around it; empty for an eager operation
};

// Of the kernel about to be executed. Null when there is no memory. Thread-safe.
KernelFacts* facts_of(const TensorFlow& library, const void* kernel, void* context);

// Where the nodes of that name were made, as the Python adapter says; before they are executed.
void place_node(const char* name, const char* file, uint32_t line);

}  // namespace detaudit::instrument
