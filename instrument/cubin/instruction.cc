#include "instrument/cubin/instruction.h"

#include <iterator>

namespace detaudit::instrument {
namespace {

constexpr unsigned kFirstSmWithFloatForms = 90;  // where float atomics have opcodes of their own

unsigned high_bits(const Instruction& instruction, unsigned first, unsigned count) {
  return (instruction.high >> (first - 64)) & ((1u << count) - 1);
}

AtomicOperation integer_operation(unsigned code) {
  return code <= 8 ? static_cast<AtomicOperation>(code) : AtomicOperation::kOther;
}

AtomicOperation float_operation(unsigned code) {
  switch (code) {
    case 0:
      return AtomicOperation::kAdd;
    case 2:
      return AtomicOperation::kMin;
    case 4:
      return AtomicOperation::kMax;
    default:
      return AtomicOperation::kOther;
  }
}

// Before sm_90 one opcode holds both, and bits 73-75 the type.
NumberType mixed_type(unsigned code) {
  static constexpr NumberType kTypes[8] = {NumberType::kU32, NumberType::kS32,    NumberType::kU64,
                                           NumberType::kF32, NumberType::kF16x2,  NumberType::kS64,
                                           NumberType::kF64, NumberType::kUnknown};
  return kTypes[code];
}

NumberType integer_type(unsigned code) {
  static constexpr NumberType kTypes[] = {NumberType::kU32, NumberType::kS32, NumberType::kU64,
                                          NumberType::kS64, NumberType::kB128};
  return code < std::size(kTypes) ? kTypes[code] : NumberType::kUnknown;
}

NumberType float_type(unsigned code) {
  switch (code) {
    case 0:
      return NumberType::kF16x2;
    case 1:
      return NumberType::kF16x4;
    case 2:
      return NumberType::kF16x8;
    case 3:
      return NumberType::kBf16x2;
    case 4:
      return NumberType::kBf16x4;
    case 5:
      return NumberType::kBf16x8;
    case 9:
      return NumberType::kF32;
    case 10:
      return NumberType::kF32x2;
    case 11:
      return NumberType::kF32x4;
    case 15:
      return NumberType::kF64;
    default:
      return NumberType::kUnknown;
  }
}

NumberType bulk_type(unsigned code) {
  static constexpr NumberType kTypes[] = {
      NumberType::kU32, NumberType::kS32,     NumberType::kU64, NumberType::kS64, NumberType::kF16,
      NumberType::kF32, NumberType::kUnknown, NumberType::kF64, NumberType::kBf16};
  return code < std::size(kTypes) ? kTypes[code] : NumberType::kUnknown;
}

Atomic make(AtomicForm form, AtomicOperation operation, NumberType type, MemorySpace space) {
  Atomic atomic;
  atomic.form = form;
  atomic.operation = operation;
  atomic.type = type;
  atomic.space = space;
  return atomic;
}

// RED, ATOM, ATOMG, ATOMS and REDAS. A RED has bit 90 set whatever it does.
Atomic plain(const Instruction& instruction, unsigned sm, AtomicForm form, MemorySpace space) {
  const unsigned type = high_bits(instruction, 73, 3);
  const unsigned code = high_bits(instruction, 87, form == AtomicForm::kReduce ? 3 : 4);
  const bool mixed = sm < kFirstSmWithFloatForms && space != MemorySpace::kShared;
  return make(form, integer_operation(code), mixed ? mixed_type(type) : integer_type(type), space);
}

Atomic floating(const Instruction& instruction, AtomicForm form, MemorySpace space) {
  return make(form, float_operation(high_bits(instruction, 87, 3)),
              float_type(high_bits(instruction, 73, 4)), space);
}

Atomic swap(const Instruction& instruction, MemorySpace space) {
  return make(AtomicForm::kCompareSwap, AtomicOperation::kCompareSwap,
              integer_type(high_bits(instruction, 73, 3)), space);
}

std::optional<Atomic> decode_later(const Instruction& instruction, unsigned sm) {
  switch (instruction.opcode()) {
    case 0x1a6:
      return floating(instruction, AtomicForm::kReduce, MemorySpace::kGlobal);
    case 0x1a3:
      return floating(instruction, AtomicForm::kFetch, MemorySpace::kGlobal);
    case 0x1a2:
      return floating(instruction, AtomicForm::kFetch, MemorySpace::kGeneric);
    case 0x1be:
      return plain(instruction, sm, AtomicForm::kReduce, MemorySpace::kShared);
    case 0x1bb:
      return make(AtomicForm::kBulkReduce, integer_operation(high_bits(instruction, 87, 3)),
                  bulk_type(high_bits(instruction, 81, 4)), MemorySpace::kGlobal);
    case 0x1b6:
      return make(AtomicForm::kTensorReduce, integer_operation(high_bits(instruction, 87, 3)),
                  NumberType::kUnknown, MemorySpace::kGlobal);
    default:
      return std::nullopt;
  }
}

// Operations whose numbers mean others on other SMs, as nvdisasm 13.5 reads them: IADD.64 has
// HFMA2.MMA's, which no later SM has.
bool is_wide_sum(unsigned opcode, unsigned sm) { return opcode == 0x035 && sm >= 100; }
// FFMA2, FMUL2 and FADD2; UVIMNMX, of registers that are no such value's, has one of theirs.
bool has_float_pairs(unsigned sm) { return sm >= 100 && sm < 120; }

bool adds_nothing(const Instruction& instruction) {
  // A sum with the zero register moves or converts a value.
  return instruction.first_source() == kZeroRegister ||
         (instruction.operand_form() == 1 && instruction.second_source() == kZeroRegister);
}

}  // namespace

std::optional<Atomic> decode_atomic(const Instruction& instruction, unsigned sm) {
  switch (instruction.opcode()) {
    case 0x18e:
      return plain(instruction, sm, AtomicForm::kReduce, MemorySpace::kGlobal);
    case 0x1a8:
      return plain(instruction, sm, AtomicForm::kFetch, MemorySpace::kGlobal);
    case 0x18a:
      return plain(instruction, sm, AtomicForm::kFetch, MemorySpace::kGeneric);
    case 0x18c:
      return plain(instruction, sm, AtomicForm::kFetch, MemorySpace::kShared);
    case 0x1a9:
      return swap(instruction, MemorySpace::kGlobal);
    case 0x18b:
      return swap(instruction, MemorySpace::kGeneric);
    case 0x18d:
      return swap(instruction, MemorySpace::kShared);
    default:
      if (sm < kFirstSmWithFloatForms) return std::nullopt;
      return decode_later(instruction, sm);
  }
}

std::optional<unsigned> constant_bank(const Instruction& instruction) {
  const unsigned form = instruction.operand_form();
  if (form != 3 && form != 5) return std::nullopt;
  return static_cast<unsigned>(instruction.low >> 54) & 0x1f;
}

std::optional<int64_t> branch_distance(const Instruction& instruction, unsigned sm) {
  if (instruction.opcode() != 0x147) return std::nullopt;
  // In units of four bytes: bits 34-81, and from sm_90 on the lowest eight in bits 16-23.
  const uint64_t field = (instruction.low >> 34) | ((instruction.high & 0x3ffff) << 30);
  int64_t units = static_cast<int64_t>(field << 16) >> 16;
  if (sm >= 90) units = units * 256 + static_cast<int64_t>((instruction.low >> 16) & 0xff);
  return units * 4;
}

ValueStep value_step(const Instruction& instruction, unsigned sm) {
  const unsigned opcode = instruction.opcode();
  if (is_wide_sum(opcode, sm)) return ValueStep::kPasses;
  if (opcode >= 0x049 && opcode <= 0x04b && !has_float_pairs(sm)) return ValueStep::kOther;
  switch (opcode) {
    case 0x020:
    case 0x021:
    case 0x023:  // FMUL, FADD, FFMA
    case 0x028:
    case 0x029:
    case 0x02b:  // DMUL, DADD, DFMA
    case 0x030:
    case 0x031:
    case 0x032:
    case 0x035:  // HADD2, HFMA2, HMUL2, HFMA2.MMA
    case 0x049:
    case 0x04a:
    case 0x04b:  // FFMA2, FMUL2, FADD2
      return adds_nothing(instruction) ? ValueStep::kPasses : ValueStep::kArithmetic;
    case 0x009:
    case 0x040:
    case 0x076:  // FMNMX, HMNMX2, FMNMX3
      return ValueStep::kMinMax;
    case 0x00b:
    case 0x02a:
    case 0x034:  // FSETP, DSETP, HSETP2
      return ValueStep::kCompares;
    case 0x00c:
    case 0x01c:  // ISETP, PLOP3
      return ValueStep::kOther;
    case 0x180:
    case 0x181:
    case 0x182:
    case 0x183:
    case 0x184:  // LD, LDG, LDC, LDL, LDS
    case 0x18a:
    case 0x18b:
    case 0x18c:
    case 0x18d:  // ATOM, ATOMS and their CAS
    case 0x1a2:
    case 0x1a3:
    case 0x1a8:
    case 0x1a9:  // ATOM, ATOMG and their CAS
      return ValueStep::kProduces;
    default:
      return opcode < 0x080 || (opcode >= 0x100 && opcode < 0x114) ? ValueStep::kPasses
                                                                   : ValueStep::kOther;
  }
}

SourceFields source_fields(const Instruction& instruction, unsigned sm) {
  const unsigned opcode = instruction.opcode();
  const unsigned form = instruction.operand_form();
  // Where the second operand is no register, a third one stands in its place.
  const bool moved = form == 2 || form == 3 || form == 7;
  const bool registers = form == 1;
  if (is_wide_sum(opcode, sm)) return {true, registers, false};
  switch (opcode) {
    case 0x002:  // MOV
      return {false, registers, false};
    case 0x010:
    case 0x011:
    case 0x012:
    case 0x016:
    case 0x019:  // IADD3, LEA, LOP3, PRMT, SHF
    case 0x024:
    case 0x025:
    case 0x027:
    case 0x076:  // IMAD and its forms, FMNMX3
    case 0x023:
    case 0x02b:
    case 0x031:
    case 0x035:
    case 0x049:  // fused multiply-add
      return {true, registers, true};
    default:
      if (opcode >= 0x100) return {false, registers, moved};  // conversions
      return {true, registers, moved};
  }
}

bool writes_pair(const Instruction& instruction, unsigned sm) {
  if (is_wide_sum(instruction.opcode(), sm)) return true;
  switch (instruction.opcode()) {
    case 0x025:
    case 0x028:
    case 0x029:
    case 0x02b:
    case 0x049:
    case 0x04a:
    case 0x04b:
    case 0x110:
    case 0x112:
      return true;  // IMAD.WIDE, doubles, float pairs, conversions to f64
    default:
      return false;
  }
}

NumberType arithmetic_type(const Instruction& instruction) {
  const unsigned opcode = instruction.opcode();
  if (opcode >= 0x028 && opcode <= 0x02b) return NumberType::kF64;
  if (opcode >= 0x049 && opcode <= 0x04b) return NumberType::kF32x2;
  if (opcode < 0x030) return NumberType::kF32;
  return high_bits(instruction, 85, 1) ? NumberType::kBf16 : NumberType::kF16;
}

}  // namespace detaudit::instrument
