#pragma once

#include "instrument/cupti/driver_call.h"

namespace detaudit::instrument::cupti {

// CUPTI's callbacks. The library is opened when asked for: a copy that the subject has loaded is
// preferred, then the one that `path` names, where it does; else the loader's choice. Only one
// subscriber can exist: a rival's name is in the reason. Never closed.
class CuptiSource final : public EventSource {
 public:
  explicit CuptiSource(const char* path) : path_(path) {}
  // As cuDriverGetVersion has it; for the reason, where CUPTI refuses.
  void set_driver_version(int version) noexcept { driver_version_ = version; }
  const char* start(DriverObserver& observer, std::span<const uint32_t> calls) noexcept override;
  void stop() noexcept override;

 private:
  const char* open() noexcept;
  const char* path_;
  int driver_version_ = 0;
  void* library_ = nullptr;
};

}  // namespace detaudit::instrument::cupti
