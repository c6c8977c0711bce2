#pragma once

#include <optional>
#include <vector>

#include "instrument/cubin/byte_source.h"

namespace detaudit::instrument {

enum class ImageKind : uint8_t {
  kPtx,
  kCubin,
  kLtoIr,  // for linking at run time: no code yet
  kOther,
};
enum class Packing : uint8_t { kPlain, kLz4, kZstd };

// One image of GPU code, where it lies in its file.
struct GpuImage {
  ImageKind kind = ImageKind::kOther;
  unsigned sm = 0;
  Packing packing = Packing::kPlain;
  uint64_t offset = 0;
  uint64_t stored_bytes = 0;    // as they lie there
  uint64_t unpacked_bytes = 0;  // as the header says
  bool cut = false;             // it ends beyond the file
};

struct GpuImages {
  std::vector<GpuImage> images;  // in order
  uint64_t cut_containers = 0;   // fatbins that end beyond the file, or whose entries do not add up
  // First bytes of a fatbin and no image after them, other than in instructions of the host.
  uint64_t look_alikes = 0;
  bool claimed = false;  // the file itself begins as a cubin, a fatbin or PTX
  bool unread = false;   // the source gave out before its end
};

// Every image of GPU code in a file: the file is a cubin or PTX, or fatbins and cubins lie in it
// wherever (a .fatbin, an object, a library, an archive, a program). Reads the file once, in
// windows.
GpuImages find_gpu_images(const ByteSource& source);

enum class UnpackStatus : uint8_t { kDone, kTooLarge, kDamaged };

// Images are bounded: larger than any real one, or expanding more than any compiler's output does.
constexpr uint64_t kLargestImage = uint64_t{256} << 20;
constexpr uint64_t kLargestExpansion = 1024;

// The image's bytes, into `bytes`, whose capacity is used again.
UnpackStatus unpack(const ByteSource& source, const GpuImage& image, std::vector<std::byte>& bytes);

}  // namespace detaudit::instrument
