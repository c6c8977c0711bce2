#pragma once

#include <cstdint>
#include <span>

#include "instrument/libraries/called_function.h"
#include "instrument/libraries/numeric_routine.h"
#include "instrument/recorder/library_calls.h"
#include "instrument/recorder/library_operation.h"

namespace detaudit::instrument {

using Word = uintptr_t;  // an argument: a number, or an address

// What a routine's name says of its numbers.
struct NumberType {
  kernels::DType dtype = kernels::DType::kF32;  // real type
  uint32_t parts = 1;                           // 2: complex
  uint32_t integer_bytes = 4;
  uint32_t real_bytes() const { return dtype == kernels::DType::kF64 ? 8 : 4; }
};

enum class Convention { kFortran, kC };

// The arguments of one call of a routine, as buffers. Reads nothing that the routine does not.
class NumericCall {
 public:
  // False when it is not to be recorded: arguments that the routine refuses, a question.
  bool read(const Routine& routine, NumberType type, Convention convention,
            std::span<const Word> words);
  // The value that the routine returns, stored at `data` once it was executed.
  void add_result(const void* data, uint64_t bytes);

  std::span<const CallBuffer> inputs() const { return {inputs_, input_count_}; }
  std::span<const CallBuffer> outputs() const { return {outputs_, output_count_}; }

 private:
  static constexpr size_t kMost = Routine::kMostBuffers + 3;
  static_assert(kMost <= kMostCallBuffers);
  bool read_argument(Routine::Field field, char letter, Word word);
  bool add_buffer(const Routine::Buffer& buffer, std::span<const Word> words);
  bool shape(const Routine::Buffer& buffer, Word step, CallBuffer& out) const;
  int64_t size(char letter) const;
  int64_t part_of(char option, int64_t all) const;
  int64_t integer(Word word) const;
  char option(char letter) const { return options_[letter - 'a']; }
  bool is_zero(Word scalar, uint32_t parts) const;
  void keep(const void* bytes, size_t count);

  Convention convention_ = Convention::kFortran;
  NumberType type_;
  bool by_rows_ = false;
  bool reads_nothing_ = false;  // scalar x is zero
  int64_t integers_[26];
  char options_[26];
  bool zero_[26];
  unsigned char arguments_[256];  // those that are no buffers
  size_t argument_bytes_ = 0;
  CallBuffer inputs_[kMost], outputs_[kMost];
  size_t input_count_ = 0, output_count_ = 0;
};

// The span of a call in a library of numbers: what it calls in turn is its own doing.
class OutermostCall {
 public:
  explicit OutermostCall(const char* name) {
    if (!probing()) return;
    Inside inside;
    entered_ = inside && enter_library_call(name);
  }
  ~OutermostCall() {
    if (entered_) leave_library_call();
  }
  OutermostCall(const OutermostCall&) = delete;
  OutermostCall& operator=(const OutermostCall&) = delete;
  explicit operator bool() const { return entered_; }

 private:
  bool entered_ = false;
};

}  // namespace detaudit::instrument
