#include "instrument/recorder/declared_buffer.h"

#include <cstring>

#include "instrument/recorder/digest_crew.h"

namespace detaudit::instrument {

DeclaredBuffer declare(const detaudit_buffer& buffer) {
  // Read as a number: what a C program left there need not be one of the enum's.
  unsigned number;
  static_assert(sizeof number == sizeof buffer.dtype);
  std::memcpy(&number, &buffer.dtype, sizeof number);
  auto dtype = number <= DETAUDIT_F64 ? static_cast<kernels::DType>(number) : kernels::DType::kU8;
  uint64_t elements = buffer.data ? buffer.elements : 0, bytes = 0;
  if (__builtin_mul_overflow(elements, kernels::element_bytes(dtype), &bytes)) elements = bytes = 0;
  return {buffer.name ? buffer.name : "", buffer.data, elements, bytes, dtype, {}};
}

DeclaredBuffer declare_digested(const detaudit_buffer& buffer) {
  DeclaredBuffer declared = declare(buffer);
  digest_buffers({&declared, 1});
  return declared;
}

}  // namespace detaudit::instrument
