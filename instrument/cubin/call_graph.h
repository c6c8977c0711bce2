#pragma once

#include <cstdint>
#include <vector>

#include "instrument/cubin/elf_image.h"

namespace detaudit::instrument {

// Which functions of a cubin may run when one of them does: by calls, and by pointers whose
// prototype fits. Nodes are the functions' numbers, then one for each prototype.
class CallGraph {
 public:
  // `function_of_section` maps a section's number to the function in it, or to kNoFunction.
  CallGraph(const ElfImage& elf, const std::vector<uint32_t>& function_of_section,
            size_t functions);
  static constexpr uint32_t kNoFunction = UINT32_MAX;

  // The functions that `from` may reach, itself first, in ascending order then; empty once the
  // work done over all calls has passed what the size of a real file can need.
  std::vector<uint32_t> reachable(uint32_t from);
  bool exhausted() const { return work_left_ == 0; }
  // True when something that `from` calls itself is not in this cubin.
  bool calls_outside(uint32_t from) const { return calls_outside_[from]; }

 private:
  void add_calls(const ElfImage& elf);
  void add_relocations(const ElfImage& elf);
  void add_edge(uint32_t from, uint32_t to);
  void add_call(const ElfImage& elf, uint32_t caller, uint32_t callee);
  void add_prototype(uint32_t caller_or_taken, uint32_t prototype, bool taken);
  void finish();
  uint32_t function_of_symbol(const ElfImage& elf, uint32_t symbol) const;

  const std::vector<uint32_t>& function_of_section_;
  size_t functions_;
  std::vector<std::pair<uint32_t, uint32_t>> edges_;  // sorted by caller
  std::vector<size_t> first_edge_;
  std::unordered_map<uint32_t, uint32_t> prototypes_;  // to their nodes
  std::vector<bool> calls_outside_;
  std::vector<uint32_t> seen_;  // by node, the round that saw it
  uint32_t round_ = 0;
  uint64_t work_left_ = 0;
};

}  // namespace detaudit::instrument
