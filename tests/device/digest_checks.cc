#include <cstring>
#include <random>

#include "kernels/cuda/digest.h"
#include "kernels/digest.h"
#include "tests/device/checks.h"

namespace detaudit::device {
namespace {

using kernels::cuda::DigestBuffer;
using kernels::cuda::Digester;
using kernels::cuda::DigestSlot;
using kernels::cuda::Stream;

constexpr size_t kMiB = size_t{1} << 20;

std::vector<unsigned char> random_bytes(size_t size) {
  std::mt19937_64 engine(size);
  std::vector<unsigned char> bytes(size + 8);
  for (size_t i = 0; i < size; i += 8) {
    const uint64_t word = engine();
    std::memcpy(bytes.data() + i, &word, 8);
  }
  bytes.resize(size);
  return bytes;
}

// Slots in pinned memory.
class Slots {
 public:
  Slots(Stream& stream, size_t count)
      : stream_(stream),
        slots_(static_cast<DigestSlot*>(stream.allocate_pinned(count * sizeof(DigestSlot)))) {}
  ~Slots() { stream_.release_pinned(slots_); }
  DigestSlot* data() const { return slots_; }
  bool is(size_t i, const kernels::Digest& digest) const {
    return slots_[i].low == digest.low && slots_[i].high == digest.high;
  }

 private:
  Stream& stream_;
  DigestSlot* slots_;
};

// Every size up to 4 KiB and some large ones, at every misalignment up to 16.
Result equal_digests(Stream& stream) {
  const std::vector<unsigned char> bytes = random_bytes(9 * kMiB);
  Memory memory(stream, bytes.size());
  stream.upload(memory.data(), bytes.data(), bytes.size());
  std::vector<DigestBuffer> buffers;
  for (size_t misalignment = 0; misalignment < 16; ++misalignment) {
    for (size_t size = 0; size <= 4096; ++size)
      buffers.push_back({static_cast<char*>(memory.data()) + misalignment, size});
    for (size_t size : {size_t{65535}, size_t{65536}, size_t{65537}, size_t{999983}, 8 * kMiB})
      buffers.push_back({static_cast<char*>(memory.data()) + misalignment, size});
  }
  Slots slots(stream, buffers.size());
  Digester digester(stream);
  digester.digest(buffers, slots.data());
  stream.synchronize();
  for (size_t i = 0; i < buffers.size(); ++i) {
    const size_t offset = static_cast<size_t>(static_cast<const char*>(buffers[i].data) -
                                              static_cast<char*>(memory.data()));
    if (!slots.is(i, kernels::digest(bytes.data() + offset, buffers[i].bytes)))
      return failed(text("%zu bytes at offset %zu differ", size_t{buffers[i].bytes}, offset));
  }
  return passed(text("%zu buffers", buffers.size()));
}

Result bandwidth(Stream& stream, size_t bytes) {
  Memory memory(stream, bytes), sink(stream, 16);
  const std::vector<unsigned char> some = random_bytes(64 * kMiB);
  for (size_t at = 0; at + some.size() <= bytes; at += some.size())
    stream.upload(static_cast<char*>(memory.data()) + at, some.data(), some.size());
  Slots slots(stream, 1);
  Digester digester(stream);
  const DigestBuffer buffer{memory.data(), bytes};
  const double reading =
      gpu_seconds(stream, 3, [&] { read_all(stream, memory.data(), bytes, sink.data()); });
  const double digesting = gpu_seconds(stream, 3, [&] {
    digester.digest({&buffer, 1}, slots.data());
  });
  const double share = reading / digesting;
  return judge(share >= 0.85, text("%.0f GB/s, %.2f of %.0f GB/s read",
                                   static_cast<double>(bytes) / digesting * 1e-9, share,
                                   static_cast<double>(bytes) / reading * 1e-9));
}

// GPU time that a digest adds to a stream: launches in a row, each waits for the one before.
Result small_buffers(Stream& stream, size_t bytes, size_t count) {
  Memory memory(stream, bytes * count);
  Slots slots(stream, count);
  Digester digester(stream);
  std::vector<DigestBuffer> buffers;
  for (size_t i = 0; i < count; ++i)
    buffers.push_back({static_cast<char*>(memory.data()) + i * bytes, bytes});
  const double seconds = gpu_seconds(stream, 200, [&] { digester.digest(buffers, slots.data()); });
  return judge(seconds < 5e-6, text("%.2f us", seconds * 1e6));
}

}  // namespace

std::vector<Check> digest_checks() {
  std::vector<Check> checks = {{"digest equals the CPU's", "equal", equal_digests}};
  for (size_t mib : {256, 1024, 4096})
    checks.push_back({text("digest bandwidth, %zu MiB", mib), ">= 0.85 of reading",
                      [mib](Stream& stream) { return bandwidth(stream, mib * kMiB); }});
  for (auto [bytes, count] : {std::pair<size_t, size_t>{16, 1}, {4096, 1}, {65536, 1}, {4096, 8}})
    checks.push_back({text("digest of %zu x %zu bytes", count, bytes), "< 5 us",
                      [=, bytes = bytes, count = count](Stream& stream) {
                        return small_buffers(stream, bytes, count);
                      }});
  return checks;
}

}  // namespace detaudit::device
