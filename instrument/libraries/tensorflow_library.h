#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "instrument/libraries/library_function.h"
#include "kernels/dtype.h"

namespace detaudit::instrument {

// What we call of TensorFlow: its C interface for kernels, stable over versions, and the few C++
// functions that it lacks. Addresses are looked up once; a version without one of them is one whose
// operations cannot be seen.
struct TensorFlow {
  struct Text {
    const char* data;
    size_t size;
  };
  using Done = std::function<void()>;

  Text (*kernel_name)(void* context);
  int (*input_count)(void* context);
  int (*output_count)(void* context);
  int (*input_type)(void* context, int index);
  int (*output_type)(void* context, int index);
  void (*get_input)(void* context, int index, void** tensor, void* status);
  void* (*get_output)(void* context, int index, void* status);
  void (*set_output)(void* context, int index, const void* tensor, void* status);
  int64_t (*step_id)(void* context);
  int64_t (*iteration)(void* context);
  void* (*tensor_data)(const void* tensor);
  size_t (*tensor_bytes)(const void* tensor);
  int (*dimensions)(const void* tensor);
  int64_t (*dimension)(const void* tensor, int index);
  void* (*allocate_tensor)(int type, const int64_t* dimensions, int count, size_t bytes);
  void (*delete_tensor)(void* tensor);
  void (*destroy_tensor)(void* tensor);  // one of C++, whose memory stays
  void* (*new_status)();
  void (*delete_status)(void* status);
  int (*status_code)(const void* status);
  std::string (*trace_string)(const void* kernel, const void* context, bool verbose);  // "name:type"
  const void* (*resource_handle)(void* context, int index);
  std::string (*serialized_handle)(const void* handle);

  // Null where this version lacks something.
  static const TensorFlow* get();
};

// TensorFlow's numbers of types.
inline constexpr int kTensorString = 7, kTensorResource = 20;
inline constexpr int kTensorReference = 100;  // added to a type: a TF1 variable itself
// Elements that are plain bytes, as ours; false for strings, resources, variants, references.
bool plain_type(int type, kernels::DType& dtype);

}  // namespace detaudit::instrument
