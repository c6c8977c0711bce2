#include "instrument/cupti/module_table.h"

#include <algorithm>

#include "instrument/cubin/cubin.h"

namespace detaudit::instrument::cupti {

void ModuleTable::loaded(std::span<const std::byte> cubin) {
  std::lock_guard lock(lock_);
  if (unread_bytes_ + cubin.size() > kMostBytes) {
    ++left_out_;
    return;
  }
  unread_bytes_ += cubin.size();
  unread_.emplace_back(cubin.begin(), cubin.end());
}

void ModuleTable::launched(const char* symbol, const char* call) {
  std::lock_guard lock(lock_);
  auto found = launched_.find(std::string_view(symbol));
  if (found == launched_.end()) found = launched_.emplace(symbol, 0).first;
  ++found->second;
  if (!call) return;
  auto of = calls_.find(std::string_view(call));
  auto known = of == calls_.end() ? Counts::iterator{} : of->second.find(std::string_view(symbol));
  if (of != calls_.end() && known != of->second.end()) {
    ++known->second;
  } else if (call_entries_ < kMostKernels) {
    ++call_entries_;
    calls_[std::pmr::string(call, memory_)].emplace(symbol, 1);
  }
}

bool ModuleTable::read_one() {
  std::pmr::vector<std::byte> bytes(memory_);
  {
    std::lock_guard lock(lock_);
    if (unread_.empty()) return false;
    bytes = std::move(unread_.back());
    unread_.pop_back();
  }
  const Cubin cubin = read_cubin(bytes);
  std::lock_guard lock(lock_);
  unread_bytes_ -= bytes.size();
  if (cubin.status != CubinStatus::kRead) {
    ++left_out_;
    return true;
  }
  for (const CubinFunction& function : cubin.functions)
    if (function.is_kernel)
      add(function, code_facts(cubin, function), uses_variables(cubin, function));
  return true;
}

void ModuleTable::add(const CubinFunction& kernel, std::vector<CountedFact> facts, bool variables) {
  Code& code = codes_.try_emplace(std::pmr::string(kernel.name, memory_)).first->second;
  code.variables |= variables || kernel.calls_outside;
  for (CountedFact& counted : facts) {
    const std::string text = encode(counted.fact);
    const bool there = std::any_of(code.facts.begin(), code.facts.end(),
                                   [&](const auto& each) { return encode(each.fact) == text; });
    if (!there) code.facts.push_back(std::move(counted));
  }
}

ModuleTable::Variables ModuleTable::variables_of(const char* symbol) {
  while (read_one()) {
  }
  std::lock_guard lock(lock_);
  const auto code = codes_.find(std::string_view(symbol));
  if (code == codes_.end()) return Variables::kUnknown;
  return code->second.variables ? Variables::kSome : Variables::kNone;
}

void ModuleTable::tell(Sink& sink) {
  while (read_one()) {
  }
  std::lock_guard lock(lock_);
  size_t kernels = 0;
  for (const auto& [symbol, count] : launched_) {
    const auto code = codes_.find(symbol);
    if (code == codes_.end() || ++kernels > kMostKernels) continue;
    for (const CountedFact& counted : code->second.facts)
      sink.tell_code(encode(counted.fact).c_str(), symbol.c_str(), counted.instructions);
  }
  for (const auto& [call, kernels_of] : calls_)
    for (const auto& [symbol, count] : kernels_of)
      sink.tell_launched_in(call.c_str(), symbol.c_str(), count);
  if (kernels > kMostKernels)
    sink.cover("kernels whose code is not in the trace", "", kernels - kMostKernels);
  if (left_out_) sink.cover("modules whose code could not be read", "", left_out_);
}

}  // namespace detaudit::instrument::cupti
