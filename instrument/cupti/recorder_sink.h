#pragma once

#include <map>
#include <memory_resource>
#include <string>

#include "instrument/cupti/sink.h"
#include "instrument/recorder/foreign.h"

namespace detaudit::instrument::cupti {

// Events of the GPU in this process's trace.
class RecorderSink final : public Sink {
 public:
  explicit RecorderSink(std::pmr::memory_resource* memory) : memory_(memory), lanes_(memory) {}
  bool place(const char* lane, const char* op, const char* key, Ticket& ticket) noexcept override;
  void write(const Ticket& ticket, std::span<const GpuBuffer> inputs,
             std::span<const GpuBuffer> outputs) noexcept override;
  void replayed(const Ticket& ticket, const ReplayCounts& counts) noexcept override;
  void lose(uint64_t events, const char* why) noexcept override;
  void cover(const char* what, const char* of, uint64_t count) noexcept override;
  void tell_code(const char* fact, const char* kernel, uint64_t count) noexcept override;
  const char* thread() noexcept override;
  const char* library_call() noexcept override;
  void tell_launched_in(const char* call, const char* kernel, uint64_t count) noexcept override;

 private:
  ForeignWritten last_{};  // the event just written
  std::pmr::memory_resource* memory_;
  std::pmr::map<std::pmr::string, ThreadLane*> lanes_;
};

class MonotonicClock final : public Clock {
 public:
  uint64_t now_ns() noexcept override;
  void sleep_ns(uint64_t ns) noexcept override;
};

}  // namespace detaudit::instrument::cupti
