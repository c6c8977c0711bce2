#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "auditor/workload/executor.h"
#include "auditor/workload/hazards.h"
#include "kernels/variant.h"

namespace detaudit::workload {

enum class Model { kConvnet, kCharlm };
enum class Mode { kTrain, kInfer };
enum class Task { kRun, kCheck, kListOps, kListHazards, kHelp };
enum class Shuffling { kOnce, kEachEpoch };
enum class Update { kSynchronous, kHogwild };

// What the command line asked for, with the model's defaults filled in.
struct Options {
  Task task = Task::kRun;
  Model model = Model::kConvnet;
  Mode mode = Mode::kTrain;
  kernels::Variant kernels = kernels::Variant::kAtomic;
  uint64_t steps = 0;
  uint64_t batch = 0;
  uint64_t seed = 1;
  unsigned threads = 1;
  Device device = Device::kCpu;
  std::optional<std::filesystem::path> data;
  Shuffling shuffling = Shuffling::kEachEpoch;
  Update update = Update::kSynchronous;
  HazardSet hazards;
};

// Throws reports::DiagnosticError (exit 2) that names the option and the way out.
Options parse_options(int argc, const char* const* argv);
std::string help_text();

const char* model_name(Model model);

}  // namespace detaudit::workload
