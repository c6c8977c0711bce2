#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "instrument/cubin/cubin.h"
#include "instrument/cubin/fatbin.h"

namespace detaudit::instrument {

inline std::vector<std::byte> file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> read((std::istreambuf_iterator<char>(file)), {});
  std::vector<std::byte> bytes(read.size());
  std::copy(read.begin(), read.end(), reinterpret_cast<char*>(bytes.data()));
  return bytes;
}

// Committed: there where no nvcc is.
inline std::vector<std::byte> small_fixture(const std::string& name) {
  return file_bytes(std::filesystem::path(DETAUDIT_CUBINS) / name);
}

// The cubins of a fatbin in memory, unpacked, with their SMs.
inline std::vector<std::pair<unsigned, std::vector<std::byte>>> cubins_of(Bytes fatbin) {
  std::vector<std::pair<unsigned, std::vector<std::byte>>> found;
  MemorySource source(fatbin);
  for (const GpuImage& image : find_gpu_images(source).images) {
    std::vector<std::byte> bytes;
    if (image.kind != ImageKind::kCubin) continue;
    EXPECT_EQ(unpack(source, image, bytes), UnpackStatus::kDone);
    found.emplace_back(image.sm, std::move(bytes));
  }
  return found;
}

// What the name of a fixture's kernel says that its code does: what follows the last `__`.
inline std::string expected_of(std::string_view name) {
  const size_t at = name.rfind("__");
  return at == std::string_view::npos ? "" : std::string(name.substr(at + 2));
}

// The strongest effect of a kernel, in the words of the fixtures.
inline std::string effect_of(const Cubin& cubin, const CubinFunction& kernel) {
  const char* kWords[kOrderEffects] = {"float_sum",   "swap_loop", "bulk_sum",
                                       "untyped_sum", "extremum",  "integer"};
  const auto counts = count_effects(cubin, kernel);
  for (unsigned i = 0; i < kOrderEffects; ++i) {
    if (counts[i] > 0) return kWords[i];
  }
  return "none";
}

}  // namespace detaudit::instrument
