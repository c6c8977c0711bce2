#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "instrument/cubin/cubin.h"

namespace detaudit::instrument {

// One thing that a kernel's code is capable of, as a trace keeps it: of several instructions of one
// kind at one line, the first.
struct CodeFact {
  enum class Kind : uint8_t {
    kAtomic,
    kTiming,
    kWhole,  // the code was read, and all that it calls
    kPart,   // something that it calls is not in its module, or more facts than are kept
  };
  static constexpr uint32_t kInCallee = UINT32_MAX;

  Kind kind = Kind::kWhole;
  Atomic atomic;  // but for its place
  TimingKind timing = TimingKind::kPoll;
  uint32_t offset = 0;  // from the start of the kernel's code; kInCallee: in a function it calls
  uint32_t line = 0;    // 0: not known
  std::string file;
};
std::string encode(const CodeFact& fact);
std::optional<CodeFact> decode_code_fact(std::string_view text);

// What a kernel is capable of, its callees included: at most kMostCodeFacts and what comes of them.
inline constexpr size_t kMostCodeFacts = 24;
struct CountedFact {
  CodeFact fact;
  uint64_t instructions = 0;
};
std::vector<CountedFact> code_facts(const Cubin& cubin, const CubinFunction& kernel);

}  // namespace detaudit::instrument
