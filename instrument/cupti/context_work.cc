#include "instrument/cupti/context_work.h"

#include <algorithm>
#include <bit>

namespace detaudit::instrument::cupti {
namespace {

constexpr uint64_t kFirstLook = 64;

// The first multiple of `every` behind `at`.
uint64_t multiple_behind(uint64_t at, uint64_t every) { return (at / every + 1) * every; }

}  // namespace

ContextWork::ContextWork(const GpuSettings& settings, std::pmr::memory_resource* resource)
    : settings_(settings),
      fine_to_(settings.fine_to),
      next_look_(kFirstLook),
      due_(next_sweep(0)),
      first_(resource) {}

void ContextWork::note(std::string_view thread, std::string_view what, uint64_t bytes) {
  if (!settings_.sweep_every) return;
  if (!any_) first_ = thread;
  any_ = true;
  several_ |= first_ != thread;
  const auto add = [&](uint64_t value) { called_ = (called_ ^ value) * 0x100000001b3; };  // FNV-1a
  for (const std::string_view text : {what, thread})
    for (const char letter : text) add(static_cast<unsigned char>(letter));
  add(bytes);
  if (several_) order_ = called_ | 1;
}

bool ContextWork::changes_over() {
  if (!settings_.budgeted() || fine_to_ != UINT64_MAX || launches_ < next_look_) return false;
  next_look_ = std::bit_ceil(launches_ + 1);
  if (launches_ < settings_.fine_launches && reached_bytes_ <= settings_.fine_bytes) return false;
  fine_to_ = launches_;
  due_ = launches_;
  memory = {true, false, 0, {}};  // what was digested so far is no sweep
  return true;
}

// Wider spacings are multiples of narrower ones: runs that map a little more or less meet again.
uint64_t ContextWork::next_sweep(uint64_t mapped_bytes) const {
  if (!settings_.sweep_every) return UINT64_MAX;
  uint64_t every = settings_.sweep_every;
  if (settings_.sweep_bytes)
    every = std::bit_ceil(std::max(every, mapped_bytes / settings_.sweep_bytes));
  uint64_t next = multiple_behind(launches_, every);
  if (!settings_.narrow_every) return next;
  const auto consider = [&](uint64_t point) {
    if (point > launches_) next = std::min(next, point);
  };
  consider(settings_.narrow_from);
  consider(settings_.narrow_to);
  if (launches_ >= settings_.narrow_from && launches_ < settings_.narrow_to)
    consider(settings_.narrow_from +
             multiple_behind(launches_ - settings_.narrow_from, settings_.narrow_every));
  return next;
}

ContextWork::Window ContextWork::swept(uint64_t mapped_bytes) {
  const Window window{swept_at_ + 1, launches_};
  if (!settings_.budgeted() || swept_at_) widest_ = std::max(widest_, launches_ - swept_at_);
  swept_at_ = launches_;
  due_ = next_sweep(mapped_bytes);
  return window;
}

}  // namespace detaudit::instrument::cupti
