// Reads its input as every kind of GPU code. For libFuzzer, or with fuzz_main.cc for a file at a
// time.
#include <string>
#include <vector>

#include "instrument/cubin/cubin.h"
#include "instrument/cubin/fatbin.h"
#include "instrument/cubin/ptx.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace detaudit::instrument;
  const Bytes bytes = std::as_bytes(std::span(data, size));
  const Cubin cubin = read_cubin(bytes);
  for (const CubinFunction& function : cubin.functions) count_effects(cubin, function);
  read_ptx({reinterpret_cast<const char*>(data), size});
  MemorySource source(bytes);
  std::vector<std::byte> unpacked;
  for (const GpuImage& image : find_gpu_images(source).images) {
    if (unpack(source, image, unpacked) != UnpackStatus::kDone) continue;
    if (image.kind == ImageKind::kCubin) read_cubin(unpacked);
    read_ptx({reinterpret_cast<const char*>(unpacked.data()), unpacked.size()});
  }
  return 0;
}
