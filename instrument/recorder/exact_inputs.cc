#include "instrument/recorder/exact_inputs.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "kernels/magnitude.h"

namespace detaudit::instrument {
namespace {

using kernels::DType;

constexpr size_t kPieceBytes = 4096;

// The bits of a value with at most three fraction bits; 0 where the type has no normal number for it.
uint64_t bits_of(DType dtype, double value) {
  if (dtype == DType::kF64) return std::bit_cast<uint64_t>(value);
  const auto narrow = std::bit_cast<uint32_t>(static_cast<float>(value));
  if (dtype == DType::kF32) return narrow;
  if (dtype == DType::kBF16) return narrow >> 16;
  const uint32_t sign = narrow >> 16 & 0x8000;
  const int exponent = static_cast<int>(narrow >> 23 & 0xff) - 127 + 15;
  if (exponent < 1 || exponent > 30) return sign;
  return sign | static_cast<uint32_t>(exponent) << 10 | (narrow >> 13 & 0x3ff);
}

bool is_negative(DType dtype, const unsigned char* element) {
  return element[kernels::element_bytes(dtype) - 1] & 0x80;
}

// One to eight, by index: an order that no sum of a regular pattern undoes.
unsigned eighths(uint64_t index) {
  index *= 0x9e3779b97f4a7c15u;
  return 1 + static_cast<unsigned>(index >> 61);
}

// The kernel writes, so that a read-only page is an error and not a fault.
bool write_memory(void* to, void* from, size_t bytes) {
  const iovec source{from, bytes}, target{to, bytes};
  return process_vm_writev(static_cast<pid_t>(gettid()), &source, 1, &target, 1, 0) ==
         static_cast<ssize_t>(bytes);
}

bool overwrite(ReplayMode mode, const DeclaredBuffer& buffer) {
  const double scale =
      kernels::compare_buffers(buffer.data, buffer.data, buffer.elements, buffer.dtype).scale;
  if (!(scale > 0)) return true;
  const double top = std::ldexp(1.0, std::ilogb(scale));
  const size_t size = kernels::element_bytes(buffer.dtype);
  auto* data = static_cast<unsigned char*>(buffer.data);
  alignas(8) unsigned char piece[kPieceBytes];
  for (uint64_t first = 0; first < buffer.elements; first += kPieceBytes / size) {
    const size_t count = std::min<uint64_t>(kPieceBytes / size, buffer.elements - first);
    for (size_t i = 0; i < count; ++i) {
      const bool negative = is_negative(buffer.dtype, data + (first + i) * size);
      const double value = mode == ReplayMode::kEqualInputs ? top : top / 8 * eighths(first + i);
      // Equal inputs are equal in sign as well: then what is added to one place is.
      const bool flip = mode == ReplayMode::kCoarseInputs && negative;
      const uint64_t bits = bits_of(buffer.dtype, flip ? -value : value);
      std::memcpy(piece + i * size, &bits, size);
    }
    if (!write_memory(data + first * size, piece, count * size)) return false;
  }
  return true;
}

}  // namespace

bool write_exact_inputs(ReplayMode mode, std::span<const DeclaredBuffer> inputs) {
  for (const DeclaredBuffer& buffer : inputs) {
    if (buffer.bytes > 0 && kernels::is_float(buffer.dtype) && !overwrite(mode, buffer)) return false;
  }
  return true;
}

}  // namespace detaudit::instrument
