#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "instrument/cubin/cubin.h"
#include "instrument/cubin/ptx.h"
#include "rules/gpu_code.h"

namespace detaudit::auditor {

// What the GPU code of one file adds up to. Holds kernels that have atomics, and of the others only
// that they are there. Two halves added in either order give the same.
class GpuCode {
 public:
  void add(const instrument::Cubin& cubin);
  void add(const instrument::Ptx& ptx);
  void degrade(const std::string& reason) { ++degraded_[reason]; }
  void skip(const std::string& reason) { ++skipped_[reason]; }
  void merge(GpuCode&& other);
  // Of PTX, keeps the kernels that no machine code is there for.
  void drop_compiled_ptx();

  uint64_t cubins() const { return cubins_; }
  uint64_t ptx() const { return ptx_; }
  uint64_t kernels() const { return kernels_.size() + ptx_only_; }
  const std::set<unsigned>& sms() const { return sms_; }
  // Reasons, and how often.
  const std::map<std::string, uint64_t>& degraded() const { return degraded_; }
  const std::map<std::string, uint64_t>& skipped() const { return skipped_; }
  // By mangled name.
  const std::unordered_map<std::string, rules::KernelCode>& machine_code() const {
    return machine_code_;
  }
  const std::unordered_map<std::string, rules::KernelCode>& ptx_code() const { return ptx_code_; }

 private:
  using KernelCodes = std::unordered_map<std::string, rules::KernelCode>;
  using Uses = std::map<rules::AtomicUse, uint32_t>;
  static void note(KernelCodes& kernels, rules::CodeForm form, std::string_view name, unsigned sm,
                   const Uses& uses);
  static void merge(KernelCodes& into, KernelCodes&& from);

  uint64_t cubins_ = 0, ptx_ = 0, ptx_only_ = 0;
  std::set<unsigned> sms_;
  std::unordered_set<uint64_t> kernels_, ptx_kernels_;  // hashes of names
  std::map<std::string, uint64_t> degraded_, skipped_;
  KernelCodes machine_code_, ptx_code_;
};

}  // namespace detaudit::auditor
