#include "instrument/recorder/declared_buffer.h"

#include <cstdio>
#include <cstring>

#include "instrument/recorder/digest_crew.h"
#include "instrument/recorder/recorder.h"

namespace detaudit::instrument {
namespace {

constexpr uint64_t kMostBytes = uint64_t{1} << 46;  // half of what a process can address

// Read as a number: what a C program left there need not be one of the enum's.
unsigned type_number(const detaudit_buffer& buffer) {
  unsigned number;
  static_assert(sizeof number == sizeof buffer.dtype);
  std::memcpy(&number, &buffer.dtype, sizeof number);
  return number;
}

kernels::DType type_of(const detaudit_buffer& buffer) {
  unsigned number = type_number(buffer);
  return number <= DETAUDIT_F64 ? static_cast<kernels::DType>(number) : kernels::DType::kU8;
}

bool is_possible(uint64_t elements, kernels::DType dtype, uint64_t& bytes) {
  return !__builtin_mul_overflow(elements, kernels::element_bytes(dtype), &bytes) &&
         bytes <= kMostBytes;
}

}  // namespace

const char* misuse(const detaudit_buffer& buffer) {
  uint64_t bytes;
  if (buffer.elements > 0 && !buffer.data) return "no data";
  if (type_number(buffer) > DETAUDIT_F64) return "an unknown type";
  return is_possible(buffer.elements, type_of(buffer), bytes) ? nullptr : "an impossible size";
}

void count_misuse(const char* op, const char* role, const char* name, const char* what) {
  char reason[128];
  std::snprintf(reason, sizeof reason, "`%.40s`: %s `%.40s` has %s", op ? op : "", role,
                name ? name : "", what);
  Session().writer().drop(1, reason);
}

DeclaredBuffer declare(const detaudit_buffer& buffer) {
  kernels::DType dtype = type_of(buffer);
  uint64_t elements = buffer.data ? buffer.elements : 0, bytes = 0;
  if (!is_possible(elements, dtype, bytes)) elements = bytes = 0;
  return {buffer.name ? buffer.name : "", buffer.data, elements, bytes, dtype, {}};
}

DeclaredBuffer declare_digested(const detaudit_buffer& buffer) {
  DeclaredBuffer declared = declare(buffer);
  digest_buffers({&declared, 1});
  return declared;
}

DeclaredBuffer declare_given(const detaudit_buffer& buffer, const kernels::Digest& digest) {
  DeclaredBuffer declared = declare(buffer);
  declared.data = nullptr;
  declared.digest = digest;
  return declared;
}

}  // namespace detaudit::instrument
