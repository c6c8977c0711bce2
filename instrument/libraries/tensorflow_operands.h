#pragma once

#include <cstdint>
#include <span>

#include "instrument/libraries/tensorflow_kernels.h"
#include "instrument/libraries/tensorflow_library.h"
#include "instrument/recorder/lane_operation.h"

namespace detaudit::instrument {

// What one execution of a kernel reads, and then writes, as far as it can be seen.
class TensorOperands {
 public:
  static constexpr int kMost = 96;

  TensorOperands(const TensorFlow& library, const KernelFacts& facts, void* context)
      : library_(library), facts_(facts), context_(context), step_id_(library.step_id(context)) {}

  // Digests the inputs. No tensor is held afterwards: a kernel may write over what nobody holds.
  void read();
  // Digests the outputs, and keeps the states that the kernel left behind.
  void written();
  bool has_outputs() const;  // that can be seen, when it will have run
  std::span<const DeclaredBuffer> inputs() const { return {inputs_, input_count_}; }
  std::span<const DeclaredBuffer> outputs() const { return {outputs_, output_count_}; }
  int left_out() const { return left_out_; }  // more operands than are looked at
  // The outputs as parts of a batch; valid until `release`.
  size_t parts(std::span<BatchPart> parts) const;
  void release();

 private:
  void add_input(int index, int type);
  void add_state(int index);
  void add_list(int index);
  void keep_states();
  kernels::Digest made_of(bool with_outputs) const;

  const TensorFlow& library_;
  const KernelFacts& facts_;
  void* context_;
  int64_t step_id_;
  int left_out_ = 0;
  uint32_t input_count_ = 0, output_count_ = 0, state_count_ = 0, held_count_ = 0, list_count_ = 0;
  DeclaredBuffer inputs_[kMost], outputs_[kMost];
  uint64_t states_[kMost];       // of the resources among the inputs
  kernels::Digest state_digests_[kMost];
  bool state_known_[kMost];
  uint64_t lists_[kMost];        // of the variants among the outputs
  void* held_[kMost];
};

}  // namespace detaudit::instrument
