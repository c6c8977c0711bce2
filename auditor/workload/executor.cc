#include "auditor/workload/executor.h"

#include <stdexcept>

#include "kernels/digest.h"
#include "kernels/dtype.h"

namespace detaudit::workload {
namespace {

using kernels::cuda::DigestSlot;

constexpr size_t kMostBuffers = 64;  // of an operation, on each side

size_t bytes_of(const detaudit_buffer& buffer) {
  return buffer.elements * kernels::element_bytes(static_cast<kernels::DType>(buffer.dtype));
}

void launch_on_pool(void* pool, size_t blocks, void (*block)(void*, size_t), void* context) {
  static_cast<kernels::Pool*>(pool)->launch(blocks,
                                            [=](size_t index, unsigned) { block(context, index); });
}

}  // namespace

Executor::Executor(unsigned threads, Device device) : pool_(threads) {
  pool_.at_claims(detaudit_schedule_point);
  // What an operation wrote is digested by the threads that have it in their caches.
  detaudit_parallel(launch_on_pool, &pool_);
  if (device == Device::kCpu) return;
  stream_ = std::make_unique<kernels::cuda::Stream>();
  digester_ = std::make_unique<kernels::cuda::Digester>(*stream_);
  slots_ =
      static_cast<DigestSlot*>(stream_->allocate_pinned(2 * kMostBuffers * sizeof(DigestSlot)));
}

Executor::~Executor() {
  detaudit_parallel(nullptr, nullptr);
  if (!stream_) return;
  digester_.reset();
  stream_->release_pinned(slots_);
  for (const auto& [data, bytes] : device_memory_) stream_->release(const_cast<char*>(data));
}

void* Executor::allocate_on_device(size_t bytes) {
  void* memory = stream_->allocate(bytes);
  device_memory_[static_cast<const char*>(memory)] = bytes;
  return memory;
}

bool Executor::is_on_device(const void* data) const {
  const auto* at = static_cast<const char*>(data);
  auto after = device_memory_.upper_bound(at);
  if (after == device_memory_.begin()) return false;
  const auto& [begin, bytes] = *--after;
  return at < begin + bytes;
}

// Those on the device in one launch on the stream, those on the host at once.
std::vector<Executor::Declared> Executor::digest(Buffers buffers, DigestSlot* slots) {
  if (buffers.size() > kMostBuffers) throw std::length_error("an operation has too many buffers");
  std::vector<Declared> all;
  std::vector<kernels::cuda::DigestBuffer> on_device;
  for (const detaudit_buffer& buffer : buffers) {
    if (is_on_device(buffer.data)) {
      all.push_back({buffer, slots + on_device.size(), 0, 0});
      on_device.push_back({buffer.data, bytes_of(buffer)});
    } else {
      const kernels::Digest digest =
          kernels::digest(buffer.data, buffer.data ? bytes_of(buffer) : 0);
      all.push_back({buffer, nullptr, digest.low, digest.high});
    }
  }
  digester_->digest(on_device, slots);
  return all;
}

void Executor::run_on_stream(OpName name, Buffers in, Buffers out,
                             const std::function<void()>& body) {
  detaudit_op* op = detaudit_op_begin(name.op, name.key);
  if (!op) return body();
  const std::vector<Declared> inputs = digest(in, slots_);
  body();
  const std::vector<Declared> outputs = digest(out, slots_ + kMostBuffers);
  stream_->synchronize();
  for (const Declared& input : inputs)
    detaudit_op_input_digest(op, input.buffer, input.slot ? input.slot->low : input.low,
                             input.slot ? input.slot->high : input.high);
  for (const Declared& output : outputs)
    detaudit_op_output_digest(op, output.buffer, output.slot ? output.slot->low : output.low,
                              output.slot ? output.slot->high : output.high);
  detaudit_op_end(op);
}

}  // namespace detaudit::workload
