#pragma once

// The work of gpu_libraries, in the program itself or in a plugin. `code`: the kernels' device
// code.
extern "C" int run_library_work(const char* what, const void* code);
