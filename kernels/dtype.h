#pragma once

#include <cstddef>
#include <cstdint>

namespace detaudit::kernels {

// Element types, numbered as detaudit_dtype in the probe API.
enum class DType : uint8_t { kU8, kI32, kI64, kF16, kBF16, kF32, kF64 };

size_t element_bytes(DType dtype);
const char* dtype_name(DType dtype);
bool is_float(DType dtype);

}  // namespace detaudit::kernels
