#pragma once

namespace detaudit::instrument {

struct TensorFlow;

// Whether an execution gave an output: one that failed, a switch, or one whose output nobody wants
// leaves some without a tensor, and TensorFlow's own accessor then reads through a null pointer.
// Where an execution keeps its outputs is learned from one that cannot have failed.

// Looks at an execution of `op` that ended, until it is known. For those that Python's threads call
// by themselves: they come in one order in all runs, so what is known when is the same too.
void learn_outputs(const TensorFlow& library, const char* op, void* context);

bool outputs_known();

// False: it has none, or where it would be is not known.
bool has_output(const void* context, int index, int count);

}  // namespace detaudit::instrument
