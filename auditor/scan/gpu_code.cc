#include "auditor/scan/gpu_code.h"

#include <fmt/format.h>
#include <algorithm>
#include <functional>

namespace detaudit::auditor {
namespace {

using instrument::Atomic;
using rules::AtomicUse;
using rules::CodeForm;

uint64_t hashed(std::string_view name) { return std::hash<std::string_view>()(name); }

AtomicUse use_of(const Atomic& atomic, const std::vector<std::string>& files) {
  AtomicUse use{atomic, {}, 0};
  use.atomic.offset = use.atomic.line = use.atomic.file = 0;
  if (atomic.line == 0 || atomic.file >= files.size()) return use;
  use.file = files[atomic.file];
  use.line = atomic.line;
  return use;
}

}  // namespace

void GpuCode::add(const instrument::Cubin& cubin) {
  ++cubins_;
  sms_.insert(cubin.sm);
  for (const std::string& reason : cubin.degraded) degrade("a cubin: " + reason);
  uint64_t outside = 0;
  for (const instrument::CubinFunction& kernel : cubin.functions) {
    if (!kernel.is_kernel) continue;
    kernels_.insert(hashed(kernel.name));
    outside += kernel.calls_outside;
    Uses uses;
    for (uint32_t index : kernel.reaches) {
      for (const Atomic& atomic : cubin.functions[index].atomics) {
        ++uses[use_of(atomic, cubin.files)];
      }
    }
    note(machine_code_, CodeForm::kMachineCode, kernel.name, cubin.sm, uses);
  }
  if (outside > 0) {
    degraded_["a kernel calls functions that are linked in elsewhere"] += outside;
  }
}

void GpuCode::add(const instrument::Ptx& ptx) {
  ++ptx_;
  for (const instrument::PtxFunction& kernel : ptx.functions) {
    if (!kernel.is_kernel) continue;
    ptx_kernels_.insert(hashed(kernel.name));
    Uses uses;
    for (uint32_t index : kernel.reaches) {
      for (const Atomic& atomic : ptx.functions[index].atomics) ++uses[use_of(atomic, {})];
    }
    note(ptx_code_, CodeForm::kPtx, kernel.name, ptx.sm, uses);
  }
}

void GpuCode::note(KernelCodes& kernels, CodeForm form, std::string_view name, unsigned sm,
                   const Uses& uses) {
  if (uses.empty()) return;
  rules::KernelCode& kernel = kernels[std::string(name)];
  kernel.form = form;
  for (const auto& [use, count] : uses) {
    uint32_t& held = kernel.uses[use][sm];
    held = std::max(held, count);  // two copies for one SM are one kernel
  }
}

void GpuCode::merge(KernelCodes& into, KernelCodes&& from) {
  for (auto& [name, code] : from) {
    rules::KernelCode& kernel = into[name];
    kernel.form = code.form;
    for (auto& [use, by_sm] : code.uses) {
      for (auto& [sm, count] : by_sm) {
        uint32_t& held = kernel.uses[use][sm];
        held = std::max(held, count);
      }
    }
  }
}

void GpuCode::merge(GpuCode&& other) {
  cubins_ += other.cubins_;
  ptx_ += other.ptx_;
  sms_.merge(other.sms_);
  kernels_.merge(other.kernels_);
  ptx_kernels_.merge(other.ptx_kernels_);
  for (const auto& [reason, count] : other.degraded_) degraded_[reason] += count;
  for (const auto& [reason, count] : other.skipped_) skipped_[reason] += count;
  merge(machine_code_, std::move(other.machine_code_));
  merge(ptx_code_, std::move(other.ptx_code_));
}

void GpuCode::drop_compiled_ptx() {
  std::erase_if(ptx_code_,
                [this](const auto& one) { return kernels_.contains(hashed(one.first)); });
  ptx_only_ = static_cast<uint64_t>(
      std::count_if(ptx_kernels_.begin(), ptx_kernels_.end(),
                    [this](uint64_t name) { return !kernels_.contains(name); }));
}

}  // namespace detaudit::auditor
