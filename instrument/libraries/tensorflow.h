#pragma once

#include <stdint.h>

// What the Python adapter of TensorFlow tells the probe of its kernels. Called by name.
extern "C" {

// 1 where operations can be seen: the library has what that needs, and its kernels come by us.
__attribute__((visibility("default"))) int detaudit_tensorflow_watch(void);
// Nodes of that name were made at that line.
__attribute__((visibility("default"))) void detaudit_tensorflow_place(const char* node, const char* file, uint32_t line);
// Who is asked for the line that calls an operation. The file's name stays valid.
__attribute__((visibility("default"))) void detaudit_tensorflow_locate(void (*locate)(const char** file, uint32_t* line));
// The calling thread's next kernels are `op` of `key`, until called with nulls; kept by pointer.
__attribute__((visibility("default"))) void detaudit_tensorflow_as(const char* op, const char* key);
}
