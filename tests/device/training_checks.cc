#include <chrono>
#include <cstdio>
#include <thread>

#include "auditor/workload/charlm_training.h"
#include "auditor/workload/convnet_training.h"
#include "auditor/workload/drawing.h"
#include "tests/device/checks.h"
#include "tests/device/event_log.h"

namespace detaudit::device {
namespace {

using namespace workload;

constexpr size_t kTextBytes = 200'000;

ImageSet drawn(kernels::Pool& pool, uint64_t first, size_t count) {
  ImageSet set{kDrawnSide, kDrawnSide, std::vector<uint8_t>(count * kDrawnSide * kDrawnSide),
               std::vector<uint8_t>(count)};
  draw_images(pool, 17, first, set);
  return set;
}

Options options_of(Model model, kernels::Variant variant, Device device) {
  Options options;
  options.model = model;
  options.kernels = variant;
  options.device = device;
  options.steps = 12;
  options.batch = model == Model::kConvnet ? 32 : 8;
  options.threads = std::max(1u, std::thread::hardware_concurrency());
  return options;
}

// Trains and judges a model; the seconds of it. What it told the probe API is in the event log.
double train(const Options& options) {
  Executor executor(options.threads, options.device);
  Arena arena(executor);
  const Seeding seeding(options.seed);
  Context context{executor, arena, seeding, options.kernels, {}};
  std::FILE* unread = std::tmpfile();
  const auto start = std::chrono::steady_clock::now();
  if (options.model == Model::kConvnet) {
    const ImageData data{drawn(executor.pool(), 0, 1000), drawn(executor.pool(), 1000, 100)};
    ConvnetTraining(context, options, data, unread).run();
  } else {
    TextData data = split_text(write_text(5, kTextBytes));
    CharlmTraining(context, options, data, unread).run();
  }
  std::fclose(unread);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Result same_digests(Model model) {
  take_events();
  train(options_of(model, kernels::Variant::kDeterministic, Device::kCpu));
  const std::vector<LoggedEvent> cpu = take_events();
  const double seconds = train(options_of(model, kernels::Variant::kDeterministic, Device::kCuda));
  const std::vector<LoggedEvent> cuda = take_events();
  if (cpu.size() != cuda.size())
    return failed(text("%zu events, %zu on the CPU", cuda.size(), cpu.size()));
  for (size_t i = 0; i < cpu.size(); ++i)
    if (cpu[i] != cuda[i])
      return failed((cpu[i].inputs == cuda[i].inputs ? "" : "inputs of ") + cuda[i].name);
  return passed(text("%zu events, %.1f s recorded", cpu.size(), seconds));
}

// Of ten runs on the GPU, how many distinct ones.
Result distinct_runs(Model model, kernels::Variant variant) {
  std::vector<std::vector<LoggedEvent>> distinct;
  for (int run = 0; run < 10; ++run) {
    train(options_of(model, variant, Device::kCuda));
    std::vector<LoggedEvent> events = take_events();
    bool known = false;
    for (const auto& other : distinct) known |= other == events;
    if (!known) distinct.push_back(std::move(events));
  }
  const std::string found = text("%zu distinct of 10", distinct.size());
  return judge(variant == kernels::Variant::kAtomic ? distinct.size() > 1 : distinct.size() == 1,
               found);
}

}  // namespace

std::vector<Check> training_checks() {
  std::vector<Check> checks;
  for (Model model : {Model::kConvnet, Model::kCharlm}) {
    const std::string name = model == Model::kConvnet ? "convnet" : "charlm";
    checks.push_back({name + ", deterministic: GPU and CPU", "equal digests",
                      [=](kernels::cuda::Stream&) { return same_digests(model); }});
    checks.push_back(
        {name + ", deterministic, ten runs", "1 distinct", [=](kernels::cuda::Stream&) {
           return distinct_runs(model, kernels::Variant::kDeterministic);
         }});
    checks.push_back(
        {name + ", atomic, ten runs", "more than 1 distinct",
         [=](kernels::cuda::Stream&) { return distinct_runs(model, kernels::Variant::kAtomic); }});
  }
  return checks;
}

}  // namespace detaudit::device
