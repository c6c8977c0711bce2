#pragma once

#include <cstdint>

namespace detaudit::instrument {

enum class AtomicForm : uint8_t {
  kReduce,        // RED: returns nothing
  kFetch,         // ATOM, ATOMG, ATOMS: returns the old value
  kCompareSwap,   // the CAS forms of these
  kBulkReduce,    // UBLKRED: shared memory onto global memory
  kTensorReduce,  // UTMAREDG: the same through a tensor map, which holds the type
};

enum class AtomicOperation : uint8_t {
  kAdd,
  kMin,
  kMax,
  kInc,
  kDec,
  kAnd,
  kOr,
  kXor,
  kExchange,
  kCompareSwap,
  kOther,
};

enum class NumberType : uint8_t {
  kU32,
  kS32,
  kU64,
  kS64,
  kB128,
  kF16,
  kBf16,
  kF16x2,
  kF16x4,
  kF16x8,
  kBf16x2,
  kBf16x4,
  kBf16x8,
  kF32,
  kF32x2,
  kF32x4,
  kF64,
  kUnknown,
};

enum class MemorySpace : uint8_t { kGlobal, kShared, kGeneric };

// What the loop around a compare-and-swap computes before it swaps.
enum class SwapLoop : uint8_t { kNone, kInteger, kFloatMinMax, kFloatArithmetic };

// One atomic instruction of a function.
struct Atomic {
  uint32_t offset = 0;  // bytes from the start of the function's section
  uint32_t line = 0;    // 0: not known
  uint32_t file = 0;    // index in the cubin's files, when `line` is known
  AtomicForm form = AtomicForm::kReduce;
  AtomicOperation operation = AtomicOperation::kOther;
  NumberType type = NumberType::kUnknown;  // of a swap loop: what it computes in
  MemorySpace space = MemorySpace::kGlobal;
  SwapLoop loop = SwapLoop::kNone;
  bool answers = false;  // what was there before goes into a register
};

// How far the order in which threads arrive can show in what an atomic leaves in memory.
enum class OrderEffect : uint8_t {
  kFloatSum,       // floating-point additions: the bits follow the order
  kFloatSwapLoop,  // the same, written as a compare-and-swap loop
  kFloatBulkSum,   // the same, by a bulk copy or TMA reduction
  kUntypedSum,     // a TMA addition whose type only the tensor map knows
  kFloatMinMax,    // the bits do not follow the order, but for NaN and signed zeros
  kInteger,        // the value left does not follow the order; what is returned does
};
constexpr unsigned kOrderEffects = 6;

OrderEffect order_effect(const Atomic& atomic);
bool is_float(NumberType type);

const char* form_name(AtomicForm form);                 // "RED"
const char* operation_name(AtomicOperation operation);  // "add"
const char* type_name(NumberType type);                 // "bf16x2"
const char* space_name(MemorySpace space);              // "global"

}  // namespace detaudit::instrument
