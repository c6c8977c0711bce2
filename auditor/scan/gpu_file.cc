#include "auditor/scan/gpu_file.h"

#include <fmt/format.h>
#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "instrument/cubin/fatbin.h"

namespace detaudit::auditor {
namespace {

using instrument::CubinStatus;
using instrument::GpuImage;
using instrument::ImageKind;
using instrument::UnpackStatus;

constexpr size_t kLargestBufferKept = size_t{64} << 20;

void read_cubin_into(instrument::Bytes bytes, GpuCode& code) {
  const instrument::Cubin cubin = instrument::read_cubin(bytes);
  switch (cubin.status) {
    case CubinStatus::kRead:
      return code.add(cubin);
    case CubinStatus::kNotCubin:
      return code.skip("an image that should be a cubin is none");
    case CubinStatus::kUnknownSm:
      return code.skip(fmt::format("a cubin for sm_{}: before sm_70", cubin.sm));
    case CubinStatus::kOutOfMemory:
      return code.skip("a cubin for which memory does not suffice");
  }
}

void read_ptx_into(instrument::Bytes bytes, GpuCode& code) {
  const instrument::Ptx ptx =
      instrument::read_ptx({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (ptx.sm == 0) return code.skip("an image that should be PTX is none");
  if (ptx.cut) code.degrade("PTX that is cut short");
  code.add(ptx);
}

void read_image(const instrument::ByteSource& source, const GpuImage& image,
                std::vector<std::byte>& bytes, GpuCode& code) {
  if (image.kind == ImageKind::kLtoIr) {
    return code.skip("code for link-time optimization: it is compiled when it is linked");
  }
  if (image.kind == ImageKind::kOther) return code.skip("an image of a kind that is not known");
  const UnpackStatus status = instrument::unpack(source, image, bytes);
  if (status == UnpackStatus::kTooLarge) return code.skip("an image too large to be real");
  if (status == UnpackStatus::kDamaged) return code.skip("an image that is damaged or cut short");
  image.kind == ImageKind::kCubin ? read_cubin_into(bytes, code) : read_ptx_into(bytes, code);
  if (bytes.capacity() > kLargestBufferKept) std::vector<std::byte>().swap(bytes);
}

}  // namespace

std::optional<GpuFile> read_gpu_file(const instrument::ByteSource& source, unsigned threads) {
  const instrument::GpuImages found = instrument::find_gpu_images(source);
  if (found.images.empty() && found.look_alikes == 0 && !found.unread) return std::nullopt;
  const size_t crew = std::min<size_t>(std::max(threads, 1u), found.images.size());
  std::vector<GpuCode> parts(std::max<size_t>(crew, 1));
  std::atomic<size_t> next{0};
  auto work = [&](GpuCode& code) {
    std::vector<std::byte> bytes;
    for (size_t i = next++; i < found.images.size(); i = next++) {
      read_image(source, found.images[i], bytes, code);
    }
  };
  std::vector<std::jthread> others;
  for (size_t i = 1; i < crew; ++i) others.emplace_back(work, std::ref(parts[i]));
  work(parts[0]);
  others.clear();
  GpuCode all = std::move(parts[0]);
  for (size_t i = 1; i < parts.size(); ++i) all.merge(std::move(parts[i]));
  all.drop_compiled_ptx();
  for (uint64_t i = 0; i < found.cut_containers; ++i) {
    all.degrade("a fatbin that is cut short or does not add up");
  }
  for (uint64_t i = 0; i < found.look_alikes; ++i) {
    all.degrade("bytes that a fatbin would begin with, but no image after them");
  }
  if (found.unread) all.degrade("a file that could not be read to its end");
  return GpuFile{std::move(all), found.claimed};
}

}  // namespace detaudit::auditor
