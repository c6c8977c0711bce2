#include "instrument/cubin/atomic.h"

namespace detaudit::instrument {
namespace {

OrderEffect sum_effect(const Atomic& atomic) {
  if (atomic.form == AtomicForm::kTensorReduce || atomic.type == NumberType::kUnknown) {
    return OrderEffect::kUntypedSum;
  }
  if (!is_float(atomic.type)) return OrderEffect::kInteger;
  return atomic.form == AtomicForm::kBulkReduce ? OrderEffect::kFloatBulkSum
                                                : OrderEffect::kFloatSum;
}

}  // namespace

bool is_float(NumberType type) { return type >= NumberType::kF16 && type <= NumberType::kF64; }

OrderEffect order_effect(const Atomic& atomic) {
  if (atomic.form == AtomicForm::kCompareSwap) {
    if (atomic.loop == SwapLoop::kFloatArithmetic) return OrderEffect::kFloatSwapLoop;
    if (atomic.loop == SwapLoop::kFloatMinMax) return OrderEffect::kFloatMinMax;
    return OrderEffect::kInteger;
  }
  if (atomic.operation == AtomicOperation::kAdd) return sum_effect(atomic);
  const bool extreme =
      atomic.operation == AtomicOperation::kMin || atomic.operation == AtomicOperation::kMax;
  return extreme && is_float(atomic.type) ? OrderEffect::kFloatMinMax : OrderEffect::kInteger;
}

const char* form_name(AtomicForm form) {
  switch (form) {
    case AtomicForm::kReduce:
      return "RED";
    case AtomicForm::kFetch:
      return "ATOM";
    case AtomicForm::kCompareSwap:
      return "CAS";
    case AtomicForm::kBulkReduce:
      return "UBLKRED";
    case AtomicForm::kTensorReduce:
      return "UTMAREDG";
  }
  return "?";
}

const char* operation_name(AtomicOperation operation) {
  static constexpr const char* kNames[] = {"add", "min", "max",      "inc",  "dec",  "and",
                                           "or",  "xor", "exchange", "swap", "other"};
  return kNames[static_cast<unsigned>(operation)];
}

const char* type_name(NumberType type) {
  static constexpr const char* kNames[] = {
      "u32",   "s32",    "u64",    "s64",    "b128", "f16",   "bf16",  "f16x2", "f16x4",
      "f16x8", "bf16x2", "bf16x4", "bf16x8", "f32",  "f32x2", "f32x4", "f64",   "unknown"};
  return kNames[static_cast<unsigned>(type)];
}

const char* space_name(MemorySpace space) {
  static constexpr const char* kNames[] = {"global", "shared", "generic"};
  return kNames[static_cast<unsigned>(space)];
}

}  // namespace detaudit::instrument
