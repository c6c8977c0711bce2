#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace detaudit::workload {

// An ordinary bug that can be planted, each where people write it.
enum class Hazard : uint8_t {
  kUnseededDropout,
  kUnseededAugmentation,
  kUnseededShuffle,
  kTimeSeed,
  kHashOrder,
  kUninitializedBuffer,
  kRacyLoader,
  kRacyUpdate,
};

struct HazardInfo {
  Hazard hazard;
  std::string_view name;     // as --hazard takes it
  std::string_view summary;  // what is wrong, one line
};
std::span<const HazardInfo> hazards();
const HazardInfo* find_hazard(std::string_view name);  // null when unknown

// Which hazards are planted in this run.
class HazardSet {
 public:
  void add(Hazard hazard) { bits_ |= bit(hazard); }
  bool has(Hazard hazard) const { return (bits_ & bit(hazard)) != 0; }

 private:
  static uint32_t bit(Hazard hazard) { return 1u << static_cast<unsigned>(hazard); }
  uint32_t bits_ = 0;
};

}  // namespace detaudit::workload
