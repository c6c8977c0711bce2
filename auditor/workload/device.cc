#include "auditor/workload/device.h"

#include "reports/diagnostic.h"

namespace detaudit::workload {

Device choose_device(DeviceChoice choice) {
  if (choice == DeviceChoice::kCpu) return Device::kCpu;
  const auto missing = kernels::cuda::missing_device();
  if (!missing) return Device::kCuda;
  if (choice == DeviceChoice::kAuto) return Device::kCpu;
  throw reports::usage_error(
      "DET901", std::string("--device cuda: no GPU answers: ") + missing->what(),
      "use --device cpu or auto, or a machine with an NVIDIA GPU, its driver "
      "and a build with CUDA");
}

}  // namespace detaudit::workload
