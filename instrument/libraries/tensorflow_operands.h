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
  bool has_strings() const { return has_strings_; }  // whose characters are not looked at
  bool has_more() const { return has_more_; }        // operands than are looked at
  // The outputs as parts of a batch; valid until `release`.
  size_t parts(std::span<BatchPart> parts) const;
  void release();

 private:
  void add_input(int index, int type);
  void add_state(int index);
  void keep_states();
  kernels::Digest made() const;

  const TensorFlow& library_;
  const KernelFacts& facts_;
  void* context_;
  int64_t step_id_;
  bool has_strings_ = false, has_more_ = false;
  uint32_t input_count_ = 0, output_count_ = 0, state_count_ = 0, held_count_ = 0;
  DeclaredBuffer inputs_[kMost], outputs_[kMost];
  uint64_t states_[kMost];  // of the resources among the inputs
  kernels::Digest state_digests_[kMost];
  bool state_known_[kMost];
  void* held_[kMost];
};

}  // namespace detaudit::instrument
