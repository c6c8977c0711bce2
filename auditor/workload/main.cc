#include <cstdio>
#include <exception>
#include <string>

#include "auditor/workload/charlm_training.h"
#include "auditor/workload/convnet_training.h"
#include "auditor/workload/image_source.h"
#include "auditor/workload/operations.h"
#include "auditor/workload/options.h"
#include "auditor/workload/text_source.h"
#include "kernels/cpu.h"
#include "reports/diagnostic.h"

namespace detaudit::workload {
namespace {

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

void print_hazards() {
  for (const HazardInfo& hazard : hazards()) {
    std::string line(hazard.name);
    line.resize(24, ' ');
    print(line + std::string(hazard.summary) + "\n");
  }
}

// On stderr: what is printed on stdout is the same on every device.
void say_device(Executor& executor) {
  if (executor.stream())
    std::fprintf(stderr, "device: cuda, %s\n", executor.stream()->device_name().c_str());
}

void run_convnet(const Options& options) {
  ImageData data = read_image_data(options);
  if (options.task == Task::kCheck) return;
  Executor executor(options.threads, options.device);
  say_device(executor);
  Arena arena(executor);
  const Seeding seeding(options.seed);
  Context context{executor, arena, seeding, options.kernels, options.hazards};
  if (!options.data) data = draw_image_data(context);
  ConvnetTraining(context, options, data, stdout).run();
}

void run_charlm(const Options& options) {
  const Seeding seeding(options.seed);
  TextData data = make_text_data(seeding, options);
  if (options.task == Task::kCheck) return;
  Executor executor(options.threads, options.device);
  say_device(executor);
  Arena arena(executor);
  Context context{executor, arena, seeding, options.kernels, options.hazards};
  CharlmTraining(context, options, data, stdout).run();
}

void run(const Options& options) {
  switch (options.task) {
    case Task::kHelp:
      return print(help_text());
    case Task::kListHazards:
      return print_hazards();
    case Task::kListOps:
      return print(list_operations(options));
    case Task::kCheck:
    case Task::kRun:
      break;
  }
  require_deterministic(options);
  options.model == Model::kConvnet ? run_convnet(options) : run_charlm(options);
}

}  // namespace
}  // namespace detaudit::workload

int main(int argc, char** argv) {
  using namespace detaudit;
  try {
    if (!kernels::cpu_supported())
      throw reports::usage_error("DET901", "this processor cannot run the kernels",
                                 kernels::required_cpu());
    workload::run(workload::parse_options(argc, argv));
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
      throw reports::usage_error("DET906", "`stdout` cannot be written",
                                 "free space there, or choose another file");
    return 0;
  } catch (const reports::DiagnosticError& error) {
    std::fputs(render(error.diagnostic(), reports::Colour::kNever).c_str(), stderr);
    return static_cast<int>(error.exit_code());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: detaudit-workload failed: %s\n", error.what());
    return static_cast<int>(reports::ExitCode::kInternal);
  }
}
