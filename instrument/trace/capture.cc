#include "instrument/trace/capture.h"

#include <algorithm>
#include <fstream>
#include <tuple>

#include "instrument/trace/capture_format.h"
#include "instrument/trace/event.h"

namespace detaudit::instrument {
namespace {

bool read_capture(const std::filesystem::path& path, CapturedBuffer& buffer) {
  std::ifstream in(path, std::ios::binary);
  CaptureHeader header{};
  if (!in.read(reinterpret_cast<char*>(&header), sizeof header)) return false;
  if (std::memcmp(header.magic, kCaptureMagic, sizeof kCaptureMagic) != 0 ||
      header.dtype > static_cast<uint32_t>(kernels::DType::kF64) ||
      header.name_bytes > kMaxTextBytes || header.bytes > kMaxCaptureBytes)
    return false;
  std::error_code error;
  if (std::filesystem::file_size(path, error) != sizeof header + header.name_bytes + header.bytes)
    return false;
  buffer.identity = header.identity;
  buffer.output = header.output;
  buffer.dtype = static_cast<kernels::DType>(header.dtype);
  buffer.name.resize(header.name_bytes);
  buffer.bytes.resize(header.bytes);
  return in.read(buffer.name.data(), header.name_bytes) &&
         in.read(reinterpret_cast<char*>(buffer.bytes.data()),
                 static_cast<std::streamsize>(header.bytes)) &&
         kernels::digest(buffer.bytes.data(), buffer.bytes.size()) == header.digest;
}

}  // namespace

std::vector<CapturedBuffer> read_captures(const std::filesystem::path& run_directory) {
  std::vector<CapturedBuffer> captures;
  std::error_code error;
  std::filesystem::directory_iterator entries(run_directory, error), none;
  for (; !error && entries != none; entries.increment(error)) {
    std::string name = entries->path().filename().string();
    if (!name.starts_with(kCapturePrefix) || !name.ends_with(kCaptureSuffix)) continue;
    CapturedBuffer buffer;
    if (read_capture(entries->path(), buffer)) captures.push_back(std::move(buffer));
  }
  std::sort(captures.begin(), captures.end(), [](const auto& a, const auto& b) {
    return std::tie(a.identity, a.output) < std::tie(b.identity, b.output);
  });
  return captures;
}

}  // namespace detaudit::instrument
