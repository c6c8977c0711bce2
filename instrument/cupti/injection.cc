// The library that the CUDA driver loads into a subject (CUDA_INJECTION64_PATH) and starts once.
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "instrument/control.h"
#include "instrument/cupti/cupti_source.h"
#include "instrument/cupti/digest_ring.h"
#include "instrument/cupti/gpu_call.h"
#include "instrument/cupti/gpu_recorder.h"
#include "instrument/cupti/pages_resource.h"
#include "instrument/cupti/recorder_sink.h"
#include "kernels/cuda/digest_module.h"

namespace detaudit::instrument::cupti {
namespace {

constexpr uint32_t kSlots = 1 << 16;
constexpr uint64_t kBetweenDrains = 500'000;  // ns

// Everything of one process, made once and never destroyed: callbacks come until the end.
struct Probe {
  explicit Probe(const GpuSettings& settings)
      : memory(pages_resource()),
        ring(driver, kernels::cuda::digest_module(), kSlots, &memory),
        sink(&memory),
        source(std::getenv("DETAUDIT_CUPTI")),
        recorder({driver, ring, sink, clock, &memory}, settings) {}
  DriverTable driver;
  std::pmr::synchronized_pool_resource memory;
  DigestRing ring;
  RecorderSink sink;
  MonotonicClock clock;
  CuptiSource source;
  GpuRecorder recorder;
};
std::atomic<Probe*> g_probe{nullptr};
pid_t g_process = 0;

void* drain_for_ever(void* argument) {
  Inside inside;
  auto& probe = *static_cast<Probe*>(argument);
  for (;;)
    if (!probe.recorder.drain() && !probe.recorder.read_code()) probe.clock.sleep_ns(kBetweenDrains);
  return nullptr;
}

bool start_draining(Probe& probe) {
  Inside inside;  // a thread of ours, no birth of the subject's
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const bool started = pthread_create(&thread, nullptr, drain_for_ever, &probe) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (started) pthread_detach(thread);
  return started;
}

void leave_in_child() {
  if (Probe* probe = g_probe.load()) probe->recorder.abandon();
}

// Before the trace is finished, while the driver still answers.
void flush() {
  Probe* probe = g_probe.load();
  if (!probe || getpid() != g_process) return;
  OwnCalls own;
  probe->recorder.finish();
}

// At exit, before what was made earlier is undone: behind that the driver answers no more.
void settle() {
  Probe* probe = g_probe.load();
  if (!probe || getpid() != g_process) return;
  OwnCalls own;
  probe->recorder.settle();
}

GpuSettings settings_of(const Control& control) {
  GpuSettings settings;
  settings.replays = control.replays;
  settings.suspect = wants_replay_of;
  settings.fine_from = control.gpu_fine_from;
  settings.fine_to = control.gpu_fine_to;
  settings.fine_launches = control.gpu_fine_launches;
  settings.fine_bytes = control.gpu_fine_bytes;
  settings.sweep_every = control.gpu_sweep_every;
  settings.sweep_bytes = control.gpu_sweep_bytes;
  settings.narrow_from = control.gpu_narrow_from;
  settings.narrow_to = control.gpu_narrow_to;
  settings.narrow_every = control.gpu_narrow_every;
  return settings;
}

// Null, or why the GPU cannot be observed.
const char* observe(Probe& probe) {
  if (const char* missing = fill_driver_table(probe.driver)) {
    static char lacking[96];
    std::snprintf(lacking, sizeof lacking, "the driver has no %s: it is older than CUDA 12.4's",
                  missing);
    return lacking;
  }
  int version = 0;
  probe.driver.cuDriverGetVersion(&version);
  probe.source.set_driver_version(version);
  if (const char* refused = probe.source.start(probe.recorder, observed_calls())) return refused;
  if (start_draining(probe)) return nullptr;
  probe.source.stop();
  return "no thread could be started";
}

void start() {
  const char* text = std::getenv(kControlVariable);
  if (!text || g_probe.load()) return;
  void* pages = pages_resource()->allocate(sizeof(Probe), alignof(Probe));
  auto* probe = new (pages) Probe(settings_of(decode(text)));
  if (const char* why = observe(*probe)) {
    probe->sink.cover("the GPU could not be observed", why, 1);
    return;
  }
  Inside inside;  // so that the id is the real one, also where runs pin it
  g_process = getpid();
  pthread_atfork(nullptr, nullptr, leave_in_child);
  g_probe.store(probe);
  before_finish(flush);
  std::atexit(settle);
  tell_coverage("the GPU was observed", "", 1);
}

}  // namespace
}  // namespace detaudit::instrument::cupti

// Called by the driver; anything but 1 is an error that it may show to the subject.
extern "C" __attribute__((visibility("default"))) int InitializeInjection(void) {
  using namespace detaudit::instrument;
  if (!probing()) return 1;
  try {
    cupti::start();
  } catch (...) {
  }
  return 1;
}
