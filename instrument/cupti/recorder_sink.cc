#include "instrument/cupti/recorder_sink.h"

#include <time.h>

#include <cstring>
#include <vector>

#include "instrument/recorder/library_calls.h"
#include "instrument/recorder/sources.h"
#include "instrument/recorder/thread_lane.h"
#include "instrument/trace/event.h"

namespace detaudit::instrument::cupti {
namespace {

std::pmr::vector<ForeignBuffer> foreign(std::span<const GpuBuffer> buffers,
                                        std::pmr::memory_resource* memory) {
  std::pmr::vector<ForeignBuffer> out(memory);
  out.reserve(buffers.size());
  for (const GpuBuffer& buffer : buffers)
    out.push_back({buffer.name, buffer.bytes, buffer.sound ? buffer.digest : kUnsoundDigest});
  return out;
}

}  // namespace

bool RecorderSink::place(const char* lane, const char* op, const char* key,
                         Ticket& ticket) noexcept {
  Inside inside;
  if (!probing()) return false;
  try {
    auto [found, made] = lanes_.try_emplace(std::pmr::string(lane, memory_), nullptr);
    if (made) found->second = open_lane(lane);
    static_assert(sizeof(Ticket) == sizeof(ForeignPlace));
    return found->second &&
           place_event(*found->second, op, key, reinterpret_cast<ForeignPlace&>(ticket));
  } catch (...) {
    lose_events(1, "no memory left for what the GPU does");
    return false;
  }
}

void RecorderSink::write(const Ticket& ticket, std::span<const GpuBuffer> inputs,
                         std::span<const GpuBuffer> outputs) noexcept {
  Inside inside;
  if (!probing()) return;
  try {
    const auto in = foreign(inputs, memory_), out = foreign(outputs, memory_);
    last_ = write_event(reinterpret_cast<const ForeignPlace&>(ticket), in, out);
  } catch (...) {
    lose_events(1, "no memory left for what the GPU does");
  }
}

void RecorderSink::replayed(const Ticket& ticket, const ReplayCounts& counts) noexcept {
  Inside inside;
  if (!probing()) return;
  write_replay(reinterpret_cast<const ForeignPlace&>(ticket), last_,
               {counts.executions, counts.distinct, counts.unlike, counts.worst_output});
}

void RecorderSink::lose(uint64_t events, const char* why) noexcept {
  Inside inside;
  if (probing()) lose_events(events, why);
}

void RecorderSink::cover(const char* what, const char* of, uint64_t count) noexcept {
  Inside inside;
  if (probing()) tell_coverage(what, of, count);
}

void RecorderSink::tell_code(const char* fact, const char* kernel, uint64_t count) noexcept {
  Inside inside;
  if (probing()) tell_kernel_code(fact, kernel, count);
}

// Of "p0/t1" what follows the process.
const char* RecorderSink::thread() noexcept {
  Inside inside;
  const ThreadLane* lane = probing() ? probe_lane() : nullptr;
  const char* born = lane ? std::strchr(lane->name, '/') : nullptr;
  return born ? born : "";
}

const char* RecorderSink::library_call() noexcept { return instrument::library_call(); }

void RecorderSink::tell_launched_in(const char* call, const char* kernel, uint64_t count) noexcept {
  Inside inside;
  if (probing()) instrument::tell_launched_in(call, kernel, count);
}

uint64_t MonotonicClock::now_ns() noexcept {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

void MonotonicClock::sleep_ns(uint64_t ns) noexcept {
  timespec time{static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
  nanosleep(&time, nullptr);
}

}  // namespace detaudit::instrument::cupti
