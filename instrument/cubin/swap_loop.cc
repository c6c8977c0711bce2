#include "instrument/cubin/swap_loop.h"

#include <bitset>

namespace detaudit::instrument {
namespace {

constexpr size_t kLongestLoop = 1024;  // instructions behind the swap, and before it
constexpr size_t kLongestOuterLoop = 128;
constexpr unsigned kPermuteBytes = 0x016;  // PRMT

Instruction instruction_at(Bytes code, size_t index) {
  Instruction instruction;
  read_record(code, index * kInstructionBytes, instruction);
  return instruction;
}

struct Span {
  size_t first = 0, last = 0;  // instructions; the last is the branch back
};

// The nearest loop around `inner`, by its branch back.
std::optional<Span> loop_around(Bytes code, Span inner, unsigned sm) {
  const size_t count = code.size() / kInstructionBytes;
  for (size_t i = inner.last + 1; i < count && i - inner.last <= kLongestLoop; ++i) {
    auto distance = branch_distance(instruction_at(code, i), sm);
    if (!distance || *distance >= 0 || *distance % int64_t{kInstructionBytes} != 0) continue;
    const int64_t target = static_cast<int64_t>(i) + 1 + *distance / int64_t{kInstructionBytes};
    if (target < 0 || static_cast<size_t>(target) > inner.first) continue;
    return Span{static_cast<size_t>(target), i};
  }
  return std::nullopt;
}

// The registers from which the stored value comes, going backward.
class ValueTrail {
 public:
  ValueTrail(const Instruction& swap, NumberType width, unsigned sm) : sm_(sm) {
    const unsigned registers = width == NumberType::kB128                               ? 4
                               : width == NumberType::kU64 || width == NumberType::kS64 ? 2
                                                                                        : 1;
    for (unsigned i = 0; i < registers; ++i) add(swap.third_source() + i);
  }

  void step(const Instruction& instruction) {
    const ValueStep step = value_step(instruction, sm_);
    reading_.compares |= step == ValueStep::kCompares || step == ValueStep::kMinMax;
    if (step == ValueStep::kOther || step == ValueStep::kCompares || !writes(instruction)) return;
    reading_.chooses |= step == ValueStep::kMinMax;
    reading_.permutes |= instruction.opcode() == kPermuteBytes;
    if (step == ValueStep::kArithmetic) {
      reading_.arithmetic = true;
      reading_.type = arithmetic_type(instruction);
      return;
    }
    if (instruction.always_executed()) {
      wanted_.reset(instruction.destination());
      if (writes_pair(instruction, sm_)) wanted_.reset(instruction.destination() | 1);
    }
    if (step == ValueStep::kProduces) return;
    const unsigned registers = writes_pair(instruction, sm_) ? 2 : 1;
    const SourceFields fields = source_fields(instruction, sm_);
    for (unsigned i = 0; i < registers; ++i) {
      if (fields.first) add(instruction.first_source() + i);
      if (fields.second) add(instruction.second_source() + i);
      if (fields.third) add(instruction.third_source() + i);
    }
  }

  bool arithmetic() const { return reading_.arithmetic; }
  bool compares() const { return reading_.compares; }  // floats, anywhere
  bool chooses() const { return reading_.chooses; }    // an extremum that is stored
  bool permutes() const { return reading_.permutes; }
  NumberType type() const { return reading_.type; }

 private:
  void add(unsigned reg) {
    if (reg < kZeroRegister) wanted_.set(reg);
  }
  bool writes(const Instruction& instruction) const {
    const unsigned to = instruction.destination();
    return wanted_.test(to) || (writes_pair(instruction, sm_) && wanted_.test(to | 1));
  }

  const unsigned sm_;
  std::bitset<256> wanted_;
  struct {
    bool arithmetic = false, compares = false, chooses = false, permutes = false;
    NumberType type = NumberType::kUnknown;
  } reading_;
};

// Up to the loop's head, then from its end up to the swap again, since the value may come from the
// round before.
void follow(Bytes code, size_t at, Span loop, ValueTrail& trail) {
  const size_t first = at - loop.first > kLongestLoop ? at - kLongestLoop : loop.first;
  auto back = [&](size_t from, size_t to) {
    for (size_t i = from; i > to && !trail.arithmetic(); --i)
      trail.step(instruction_at(code, i - 1));
  };
  back(at, first);
  back(loop.last + 1, at + 1);
  back(at, first);
}

}  // namespace

SwapLoopReading read_swap_loop(Bytes code, size_t at, unsigned sm) {
  const auto inner = loop_around(code, {at, at}, sm);
  if (!inner) return {};
  const Instruction swap = instruction_at(code, at);
  const auto atomic = decode_atomic(swap, sm);
  const NumberType width = atomic ? atomic->type : NumberType::kU32;
  ValueTrail trail(swap, width, sm);
  follow(code, at, *inner, trail);
  if (trail.arithmetic()) return {SwapLoop::kFloatArithmetic, trail.type()};
  const SwapLoopReading seen{trail.compares() ? SwapLoop::kFloatMinMax : SwapLoop::kInteger,
                             NumberType::kUnknown};
  // A swap of half a word permutes bytes in a loop of its own, in the one that computes the value.
  const auto outer = loop_around(code, *inner, sm);
  if (!trail.permutes() || !outer || outer->last - outer->first > kLongestOuterLoop) return seen;
  ValueTrail further(swap, width, sm);
  follow(code, at, *outer, further);
  if (further.arithmetic()) return {SwapLoop::kFloatArithmetic, further.type()};
  return further.chooses() ? SwapLoopReading{SwapLoop::kFloatMinMax, NumberType::kUnknown} : seen;
}

}  // namespace detaudit::instrument
