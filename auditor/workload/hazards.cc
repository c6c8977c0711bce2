#include "auditor/workload/hazards.h"

#include <array>

namespace detaudit::workload {
namespace {

constexpr std::array kHazards = {
    HazardInfo{Hazard::kUnseededDropout, "unseeded-dropout",
               "dropout draws from a generator made from std::random_device"},
    HazardInfo{Hazard::kUnseededAugmentation, "unseeded-augmentation",
               "augmentation draws from a generator made from std::random_device"},
    HazardInfo{Hazard::kUnseededShuffle, "unseeded-shuffle",
               "samples are shuffled by std::mt19937{std::random_device{}()}"},
    HazardInfo{Hazard::kTimeSeed, "time-seed", "augmentation is seeded from std::time(nullptr)"},
    HazardInfo{Hazard::kHashOrder, "hash-order",
               "the gradient norm is summed in the order of a hash map keyed by address"},
    HazardInfo{Hazard::kUninitializedBuffer, "uninitialized-buffer",
               "gradients are accumulated into a scratch buffer that nobody cleared"},
    HazardInfo{Hazard::kRacyLoader, "racy-loader",
               "batches are used in the order in which loader threads finish them"},
    HazardInfo{Hazard::kRacyUpdate, "racy-update",
               "threads update the hidden layer's weights without order, losing updates"},
};

}  // namespace

std::span<const HazardInfo> hazards() { return kHazards; }

const HazardInfo* find_hazard(std::string_view name) {
  for (const HazardInfo& info : kHazards)
    if (info.name == name) return &info;
  return nullptr;
}

}  // namespace detaudit::workload
