#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "instrument/cubin/atomic.h"
#include "reports/diagnostic.h"
#include "rules/cause.h"

namespace detaudit::rules {

// One kind of atomic in a kernel's code, at one source line where that is known.
struct AtomicUse {
  instrument::Atomic atomic;  // its offset, line and file do not count
  std::string file;
  uint32_t line = 0;
};
bool operator<(const AtomicUse& a, const AtomicUse& b);

enum class CodeForm { kMachineCode, kPtx };

// A kernel's code, over every SM that it is there for.
struct KernelCode {
  CodeForm form = CodeForm::kMachineCode;
  std::map<AtomicUse, std::map<unsigned, uint32_t>> uses;  // instructions, by SM
};

// What follows from the code of one kernel.
struct GpuFinding {
  reports::Severity severity = reports::Severity::kNote;
  std::string code;
  Cause cause = Cause::kFloatAtomics;
  Proof proof = Proof::kInferred;  // capable of is not executed
  std::string says;                // "adds f32 numbers in no fixed order": after the kernel's name
  std::vector<unsigned> sms;
  std::string file;  // of the first use whose line is known
  uint32_t line = 0;
  std::vector<std::string> evidence;
  std::string fix;
};

// "RED add.f32", "CAS loop around f32 arithmetic"
std::string instruction_text(const instrument::Atomic& atomic);

// At most one finding a code, by code. Sees no name.
std::vector<GpuFinding> judge(const KernelCode& kernel);

}  // namespace detaudit::rules
