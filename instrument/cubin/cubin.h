#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "instrument/cubin/atomic.h"
#include "instrument/cubin/bytes.h"
#include "instrument/cubin/kernel_parameters.h"
#include "instrument/cubin/timing.h"

namespace detaudit::instrument {

// A kernel, or a function that kernels call.
struct CubinFunction {
  std::string_view name;  // as the linker knows it: mangled
  bool is_kernel = false;
  std::vector<KernelParameter> parameters;  // of a kernel
  std::vector<Atomic> atomics;              // in its own section, in order
  std::vector<Timing> timings;              // the same
  std::vector<uint32_t> reaches;            // of a kernel: itself, then what it may call
  bool names_variables = false;  // its own code has addresses of variables in device memory
  bool calls_outside = false;  // of a kernel: something it may run is not in this cubin
};

enum class CubinStatus : uint8_t {
  kRead,       // as far as `degraded` does not say otherwise
  kNotCubin,   // no 64-bit ELF image of GPU code
  kUnknownSm,  // an SM whose instructions this does not know: before sm_70
  kOutOfMemory,
};

// The GPU code of one module, as read from its bytes: names view them, so they must outlive it.
// Reading never throws nor reads beyond the bytes, whatever they are, and takes time linear in
// their size.
struct Cubin {
  CubinStatus status = CubinStatus::kNotCubin;
  unsigned sm = 0;  // 90 for sm_90
  std::vector<CubinFunction> functions;
  std::vector<std::string> files;     // that Atomic::file and Timing::file name
  std::vector<std::string> degraded;  // what could not be read, in words; empty: all of it was
};

Cubin read_cubin(Bytes bytes) noexcept;

// The atomics that a kernel is capable of, its own and those of what it calls, counted by what
// their order can do.
std::array<uint32_t, kOrderEffects> count_effects(const Cubin& cubin,
                                                  const CubinFunction& kernel) noexcept;

// Whether a kernel may read or write variables in device memory, which outlive its launch.
bool uses_variables(const Cubin& cubin, const CubinFunction& kernel) noexcept;

// Whether the bytes begin like a cubin.
bool looks_like_cubin(Bytes bytes) noexcept;

}  // namespace detaudit::instrument
