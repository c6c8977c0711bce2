#pragma once

#include <cstdint>
#include <filesystem>
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

// Every capture in a run's directory, ordered by identity and output. Damaged files are left out.
std::vector<CapturedBuffer> read_captures(const std::filesystem::path& run_directory);

}  // namespace detaudit::instrument
