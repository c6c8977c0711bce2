#include "instrument/cubin/timing.h"

#include <algorithm>
#include <optional>

#include "instrument/cubin/instruction.h"

namespace detaudit::instrument {
namespace {

constexpr size_t kLongestPoll = 256;  // instructions

Instruction instruction_at(Bytes code, size_t index) {
  Instruction instruction;
  read_record(code, index * kInstructionBytes, instruction);
  return instruction;
}

unsigned field(const Instruction& instruction, unsigned first, unsigned count) {
  return (instruction.high >> (first - 64)) & ((1u << count) - 1);
}

// Bits 77-80 of LD and LDG: order and scope.
bool sees_other_blocks(const Instruction& instruction, unsigned sm) {
  const unsigned opcode = instruction.opcode();
  if (opcode != 0x180 && opcode != 0x181) return false;
  const unsigned order = field(instruction, 77, 4);
  return sm < 80 ? order == 0xa || order == 0xb : order == 0x7 || order == 0xa;
}

bool writes_memory(const Instruction& instruction, unsigned sm) {
  const unsigned opcode = instruction.opcode();
  return opcode == 0x185 || opcode == 0x186 || decode_atomic(instruction, sm).has_value();
}

// S2R, S2UR and CS2R name a special register in bits 72-79.
std::optional<TimingKind> special_register(const Instruction& instruction) {
  const unsigned opcode = instruction.opcode();
  if (opcode != 0x119 && opcode != 0x1c3 && opcode != 0x005) return std::nullopt;
  const unsigned number = field(instruction, 72, 8);
  if (number >= 0x50 && number <= 0x53) return TimingKind::kClock;
  if (number == 0x43) return TimingKind::kProcessor;
  return std::nullopt;
}

struct Loop {
  size_t first = 0, last = 0;  // instructions; the last is the branch back
};

// The short loops, by their last instruction.
std::vector<Loop> short_loops(Bytes code, unsigned sm) {
  std::vector<Loop> loops;
  const size_t count = code.size() / kInstructionBytes;
  for (size_t i = 0; i < count; ++i) {
    const auto distance = branch_distance(instruction_at(code, i), sm);
    if (!distance || *distance >= 0 || *distance % int64_t{kInstructionBytes} != 0) continue;
    const int64_t length = -*distance / int64_t{kInstructionBytes};
    // A branch to itself pads the end of every function.
    if (length < 2 || length > static_cast<int64_t>(std::min(i + 1, kLongestPoll))) continue;
    loops.push_back({i + 1 - static_cast<size_t>(length), i});
  }
  return loops;
}

bool waits(Bytes code, size_t load, const std::vector<Loop>& loops, unsigned sm) {
  auto loop = std::lower_bound(loops.begin(), loops.end(), load,
                               [](const Loop& l, size_t at) { return l.last < at; });
  for (; loop != loops.end() && loop->last - load <= kLongestPoll; ++loop) {
    if (loop->first > load) continue;
    for (size_t i = loop->first; i < loop->last; ++i)
      if (writes_memory(instruction_at(code, i), sm)) return false;
    return true;
  }
  return false;
}

}  // namespace

std::vector<Timing> read_timings(Bytes code, unsigned sm) {
  std::vector<Timing> timings;
  const std::vector<Loop> loops = short_loops(code, sm);
  const size_t count = code.size() / kInstructionBytes;
  for (size_t i = 0; i < count; ++i) {
    const Instruction instruction = instruction_at(code, i);
    auto kind = special_register(instruction);
    if (!kind && sees_other_blocks(instruction, sm) && waits(code, i, loops, sm))
      kind = TimingKind::kPoll;
    if (kind) timings.push_back({static_cast<uint32_t>(i * kInstructionBytes), 0, 0, *kind});
  }
  return timings;
}

}  // namespace detaudit::instrument
