#pragma once

namespace detaudit::kernels {

// Whether this CPU has what detaudit_kernels was built for. A program asks before it runs any
// kernel, so that a CPU without it gets a sentence instead of SIGILL.
bool cpu_supported();

// What was asked for, in words: "a CPU with AVX2 and FMA (x86-64-v3, 2013 or later)".
const char* required_cpu();

}  // namespace detaudit::kernels
