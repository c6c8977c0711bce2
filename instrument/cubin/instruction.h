#pragma once

#include <cstdint>
#include <optional>

#include "instrument/cubin/atomic.h"

namespace detaudit::instrument {

constexpr size_t kInstructionBytes = 16;

// One instruction of sm_70 or later: 128 bits, little-endian.
struct Instruction {
  uint64_t low = 0, high = 0;

  // Bits 0-8 tell the operation; 9-11 the operands' form, 12-15 the predicate.
  unsigned opcode() const { return low & 0x1ff; }
  unsigned operand_form() const { return (low >> 9) & 7; }
  bool always_executed() const { return ((low >> 12) & 15) == 7; }
  // Registers; 255 is the one that is always zero.
  unsigned destination() const { return (low >> 16) & 0xff; }
  unsigned first_source() const { return (low >> 24) & 0xff; }
  unsigned second_source() const { return (low >> 32) & 0xff; }
  unsigned third_source() const { return high & 0xff; }
};
constexpr unsigned kZeroRegister = 255;

// The atomic that the instruction is on this SM, but for its place and its loop.
std::optional<Atomic> decode_atomic(const Instruction& instruction, unsigned sm);

// The bank of constants that an operand is in; nothing when none is.
std::optional<unsigned> constant_bank(const Instruction& instruction);

// Of a branch to a place known beforehand: how many bytes from the next instruction.
std::optional<int64_t> branch_distance(const Instruction& instruction, unsigned sm);

// What an instruction does to the value that a swap loop is about to store.
enum class ValueStep : uint8_t {
  kOther,       // writes no register that such a value lives in
  kPasses,      // makes it of other registers
  kProduces,    // makes it anew: a load
  kCompares,    // of floats, into a predicate
  kMinMax,      // of floats
  kArithmetic,  // on floats
};
ValueStep value_step(const Instruction& instruction, unsigned sm);
// Which of an instruction's source fields name registers; an unused one holds zeros.
struct SourceFields {
  bool first = false, second = false, third = false;
};
SourceFields source_fields(const Instruction& instruction, unsigned sm);
// True when it writes a pair of registers.
bool writes_pair(const Instruction& instruction, unsigned sm);
// Of kArithmetic.
NumberType arithmetic_type(const Instruction& instruction);

}  // namespace detaudit::instrument
