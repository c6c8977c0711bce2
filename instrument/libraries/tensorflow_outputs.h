#pragma once

namespace detaudit::instrument {

struct TensorFlow;

// Whether an execution gave an output: one that failed, a switch, or one whose output nobody wants
// leaves some without a tensor, and TensorFlow's own accessor then reads through a null pointer;
// what one that failed leaves may also be unwritten.
// Where an execution keeps its outputs is learned before the first is followed, so that all runs
// of a program see the same outputs from the first on. Thread-safe.

// Looks at an execution that is about to begin, until it is known: an output is put in its place
// by TensorFlow itself, seen there, and taken out again.
void learn_outputs(const TensorFlow& library, void* context);

bool outputs_known();

// False: it has none, or where it would be is not known.
bool has_output(const void* context, int index, int count);

}  // namespace detaudit::instrument
