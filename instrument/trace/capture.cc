#include "instrument/trace/capture.h"

#include <fstream>

#include "instrument/trace/capture_format.h"
#include "instrument/trace/event.h"

namespace detaudit::instrument {
namespace {

bool read_file(const std::filesystem::path& path, CapturedBuffer& buffer) {
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

std::optional<CapturedBuffer> read_capture(const std::filesystem::path& run_directory,
                                           uint64_t identity, uint32_t output) {
  char path[4096];
  print_capture_path(path, sizeof path, run_directory.c_str(), identity, output);
  CapturedBuffer buffer;
  if (!read_file(path, buffer) || buffer.identity != identity || buffer.output != output) {
    return std::nullopt;
  }
  return buffer;
}

}  // namespace detaudit::instrument
