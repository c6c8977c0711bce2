#include "instrument/libraries/tensorflow_operands.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "instrument/libraries/tensorflow_outputs.h"
#include "instrument/libraries/tensorflow_states.h"

namespace detaudit::instrument {
namespace {

constexpr int kOk = 0;
constexpr uint64_t kKeptBytes = 4096;  // of outputs; smaller ones are as quickly digested

// A status of the calling call's own: TensorFlow's are not shared between threads.
class Status {
 public:
  explicit Status(const TensorFlow& library) : library_(library), status_(library.new_status()) {}
  ~Status() { library_.delete_status(status_); }
  Status(const Status&) = delete;
  Status& operator=(const Status&) = delete;
  void* get() { return status_; }
  bool ok() const { return library_.status_code(status_) == kOk; }

 private:
  const TensorFlow& library_;
  void* status_;
};

DeclaredBuffer bytes_of(const TensorFlow& library, const void* tensor, kernels::DType dtype) {
  return operand(library.tensor_data(tensor), library.tensor_bytes(tensor), dtype);
}

DeclaredBuffer state_of(const kernels::Digest& digest) { return operand("state", digest); }

}  // namespace

void TensorOperands::add_input(int index, int type) {
  kernels::DType dtype;
  if (type == kTensorResource) return add_state(index);
  has_strings_ |= type == kTensorString;
  if (!plain_type(type, dtype)) return;
  Status status(library_);
  void* tensor = nullptr;
  library_.get_input(context_, index, &tensor, status.get());
  if (!tensor) return;
  if (status.ok()) {
    DeclaredBuffer& buffer = inputs_[input_count_++] = bytes_of(library_, tensor, dtype);
    if (buffer.bytes < kKeptBytes ||
        !find_output(step_id_, buffer.data, buffer.bytes, buffer.digest))
      digest_operands({&buffer, 1});
    buffer.data = nullptr;  // what it was: the bytes may be written over
  }
  library_.delete_tensor(tensor);
}

void TensorOperands::add_state(int index) {
  const void* handle = library_.resource_handle(context_, index);
  if (!handle) return;
  const std::string name = library_.serialized_handle(handle);
  const uint64_t of = hash_of(name.data(), name.size()) | 1;
  const uint32_t at = state_count_++;
  states_[at] = of;
  state_known_[at] = find_state(of, state_digests_[at]);
  if (state_known_[at]) inputs_[input_count_++] = state_of(state_digests_[at]);
}

void TensorOperands::read() {
  const int count = library_.input_count(context_);
  has_more_ |= count > kMost;
  for (int i = 0; i < std::min(count, kMost); ++i) add_input(i, library_.input_type(context_, i));
}

bool TensorOperands::has_outputs() const {
  kernels::DType dtype;
  for (int i = 0; i < library_.output_count(context_); ++i)
    if (plain_type(library_.output_type(context_, i), dtype)) return true;
  return false;
}

void TensorOperands::written() {
  const int count = library_.output_count(context_);
  has_more_ |= count > kMost;
  for (int i = 0; i < std::min(count, kMost); ++i) {
    const int type = library_.output_type(context_, i);
    kernels::DType dtype;
    has_strings_ |= type == kTensorString;
    if (!plain_type(type, dtype)) continue;
    if (!has_output(context_, i, count)) continue;
    Status status(library_);
    void* tensor = library_.get_output(context_, i, status.get());
    if (!tensor) continue;
    held_[held_count_++] = tensor;
    if (status.ok()) outputs_[output_count_++] = bytes_of(library_, tensor, dtype);
  }
  if (facts_.role != KernelRole::kBatch) digest_operands({outputs_, output_count_});
  for (const DeclaredBuffer& output : outputs()) {
    if (output.bytes < kKeptBytes) continue;
    // What came from elsewhere is no execution's.
    const bool own = facts_.role != KernelRole::kBatch;
    keep_output(own ? step_id_ : 0, output.data, output.bytes, output.digest);
  }
  keep_states();
}

// What the operation made, known by its name and all that it was given.
kernels::Digest TensorOperands::made() const {
  kernels::Digest digests[2 * kMost + 1];
  size_t count = 0;
  digests[count++] = {hash_of(facts_.op, std::strlen(facts_.op)), 0};
  for (const DeclaredBuffer& input : inputs()) digests[count++] = input.digest;
  for (const DeclaredBuffer& output : outputs()) digests[count++] = output.digest;
  return digest_of({digests, count});
}

void TensorOperands::keep_states() {
  if (state_count_ == 0 || facts_.role == KernelRole::kReader) return;
  if (facts_.role == KernelRole::kVariable) {
    if (output_count_ == 1) keep_state(states_[0], outputs_[0].digest);
    return;
  }
  // A variable that was assigned is its bytes, however they came there.
  const bool assigned = std::string_view(facts_.op) == "tf.raw_ops.AssignVariableOp";
  const kernels::Digest state =
      assigned && input_count_ > 0 ? inputs_[input_count_ - 1].digest : made();
  for (uint32_t i = 0; i < state_count_; ++i) keep_state(states_[i], state);
}

size_t TensorOperands::parts(std::span<BatchPart> parts) const {
  size_t count = 0;
  for (uint32_t i = 0; i < held_count_ && count < std::min<size_t>(parts.size(), output_count_);
       ++i) {
    const void* tensor = held_[i];
    const uint64_t samples = library_.dimensions(tensor) > 0 ? library_.dimension(tensor, 0) : 1;
    if (samples == 0) continue;
    parts[count++] = {library_.tensor_data(tensor), library_.tensor_bytes(tensor), samples};
  }
  return count;
}

void TensorOperands::release() {
  for (uint32_t i = 0; i < held_count_; ++i) library_.delete_tensor(held_[i]);
  held_count_ = 0;
}

}  // namespace detaudit::instrument
