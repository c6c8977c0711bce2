#pragma once

#include <cstdint>
#include <map>
#include <memory_resource>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "instrument/cubin/code_fact.h"
#include "instrument/cupti/sink.h"

namespace detaudit::instrument::cupti {

// What the kernels of loaded modules are capable of, read from their code. Modules come while the
// driver may hold its locks and only for the moment of a callback, so their bytes are kept (up to
// kMostBytes at once) and read later, by the thread that drains. Thread-safe.
class ModuleTable {
 public:
  static constexpr size_t kMostBytes = size_t{256} << 20;

  explicit ModuleTable(std::pmr::memory_resource* memory)
      : memory_(memory), unread_(memory), codes_(memory), launched_(memory), calls_(memory) {}

  void loaded(std::span<const std::byte> cubin);
  // `call`: the library call that launched it, or null.
  void launched(const char* symbol, const char* call);
  // Whether a kernel's module has variables in device memory, which outlive a launch.
  enum class Variables : uint8_t { kNone, kSome, kUnknown };
  Variables variables_of(const char* symbol);  // reads all modules that wait
  // Reads one module that waits; false: none does.
  bool read_one();
  // For each kernel launched, of the first kMostKernels: what its code is capable of (of modules
  // that have a kernel of one name, all of them), and which library calls launched it.
  void tell(Sink& sink);

 private:
  static constexpr size_t kMostKernels = 4096;
  void add(const CubinFunction& kernel, std::vector<CountedFact> facts, bool variables);
  struct Code {
    std::vector<CountedFact> facts;
    bool variables = false;
  };
  std::pmr::memory_resource* memory_;
  std::mutex lock_;  // never held across a driver call
  std::pmr::vector<std::pmr::vector<std::byte>> unread_;
  size_t unread_bytes_ = 0;
  uint64_t left_out_ = 0;
  std::pmr::map<std::pmr::string, Code, std::less<>> codes_;
  using Counts = std::pmr::map<std::pmr::string, uint64_t, std::less<>>;
  Counts launched_;
  std::pmr::map<std::pmr::string, Counts, std::less<>> calls_;  // launches, by call and kernel
  size_t call_entries_ = 0;
};

}  // namespace detaudit::instrument::cupti
