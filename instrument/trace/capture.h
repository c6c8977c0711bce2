#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "kernels/dtype.h"

namespace detaudit::instrument {

// An output buffer saved by a run that was asked to (Control::capture):
// <trace_directory>/capture-<identity hex>-<output index>.bin, written whole or not at all.
struct CapturedBuffer {
  uint64_t identity = 0;
  uint32_t output = 0;
  std::string name;
  kernels::DType dtype = kernels::DType::kU8;
  std::vector<unsigned char> bytes;
};

// One capture of a run; nothing where there is none, or its file is damaged.
std::optional<CapturedBuffer> read_capture(const std::filesystem::path& run_directory,
                                           uint64_t identity, uint32_t output);

}  // namespace detaudit::instrument
