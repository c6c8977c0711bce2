#include "auditor/plan/gpu_sight.h"

namespace detaudit::auditor {

const char* gpu_detail_name(GpuDetail detail) {
  switch (detail) {
    case GpuDetail::kAuto:
      return "auto";
    case GpuDetail::kFine:
      return "fine";
    case GpuDetail::kCoarse:
      return "coarse";
  }
  return "?";
}

void GpuSight::apply(instrument::Control& control) const {
  if (detail == GpuDetail::kFine) return;
  control.gpu_sweep_every = sweep_every ? sweep_every : kSweepEvery;
  control.gpu_sweep_bytes = sweep_every ? 0 : kSweepBytes;
  if (detail == GpuDetail::kAuto) {
    control.gpu_fine_launches = kFineLaunches;
    control.gpu_fine_bytes = kFineBytes;
    return;
  }
  control.gpu_fine_to = 0;
  if (!window) return;
  control.gpu_narrow_from = window->from;
  control.gpu_narrow_to = window->to;
  control.gpu_narrow_every = narrow_every;
  if (narrow_every == 1) {
    control.gpu_fine_from = window->from;
    control.gpu_fine_to = window->to;
  }
}

}  // namespace detaudit::auditor
