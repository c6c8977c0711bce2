// TensorFlow's kernels on processors, as its executors call them: eager operations and those of
// functions alike, after its optimisers.
#include "instrument/libraries/tensorflow.h"

#include "instrument/api/adapter.h"
#include "instrument/libraries/tensorflow_operands.h"
#include "instrument/libraries/tensorflow_outputs.h"
#include "instrument/libraries/tensorflow_steps.h"

namespace detaudit::instrument {
namespace {

constexpr const char* kLibrary = "libtensorflow_framework";
constexpr const char* kCompute =
    "_ZN10tensorflow16ThreadPoolDevice7ComputeEPNS_8OpKernelEPNS_15OpKernelContextE";
constexpr const char* kComputeAsync =
    "_ZN10tensorflow16ThreadPoolDevice12ComputeAsyncEPNS_13AsyncOpKernelEPNS_"
    "15OpKernelContextESt8functionIFvvEE";
using Done = TensorFlow::Done;
constinit LibraryFunction<void(void*, void*, void*)> g_compute(kLibrary, kCompute);
constinit LibraryFunction<void(void*, void*, void*, Done)> g_compute_async(kLibrary, kComputeAsync);

constinit std::atomic<void (*)(const char**, uint32_t*)> g_locate{nullptr};

// What the thread that calls TensorFlow said of its next kernels; one such thread at a time.
struct Naming {
  std::atomic<const char*> op{nullptr}, key{nullptr};
};
constinit Naming g_naming;

struct Execution {
  const TensorFlow* library;
  KernelFacts* facts;
  ThreadLane* lane;
  bool by_line;  // an operation that the calling thread's own line calls
};

void tell_once(std::atomic<bool>& told, const char* unseen) {
  if (told.load(std::memory_order_relaxed) || told.exchange(true)) return;
  detaudit_adapter_note(DETAUDIT_NOTE_UNSEEN, unseen, "", 1);
}

// Executions that no thread of Python's began. A session numbers its runs from 1; the others,
// functions that pipelines call in TensorFlow's own threads above all, have negative numbers drawn
// there.
void tell_unseen(int64_t step_id) {
  static constinit std::atomic<bool> told_session{false}, told_others{false};
  if (step_id > 0) return tell_once(told_session, "operations that a tf.compat.v1.Session runs");
  tell_once(told_others,
            "operations in TensorFlow's own threads, as of functions given to tf.data, "
            "whose elements are compared as they arrive");
}

// What is to be recorded of a kernel about to be executed; no facts: nothing.
Execution look_at(const void* kernel, void* context) {
  Execution execution{TensorFlow::get(), nullptr, nullptr, false};
  if (!execution.library) return execution;
  const int64_t step_id = execution.library->step_id(context);
  execution.lane = lane_of_execution(step_id);
  if (!execution.lane) {
    tell_unseen(step_id);
    return execution;
  }
  ProbeScope scope;
  if (!scope) return execution;
  execution.facts = facts_of(*execution.library, kernel, context);
  if (!execution.facts) return execution;
  learn_outputs(*execution.library, context);
  const bool called = !execution.facts->key[0] || execution.facts->compiled;
  execution.by_line = called && !KernelScope::inside() && is_python_thread();
  return execution;
}

NodePlace place_of(const Execution& execution, char* room, size_t room_bytes, void* context) {
  const KernelFacts& facts = *execution.facts;
  NodePlace place{facts.op, facts.key, facts.file, facts.line};
  if (const char* op = g_naming.op.load(std::memory_order_acquire);
      op && facts.role == KernelRole::kVariable && !facts.key[0]) {
    place.op = op;
    place.key = g_naming.key.load(std::memory_order_relaxed);
  }
  if (const int64_t iteration = execution.library->iteration(context); iteration > 0) {
    std::snprintf(room, room_bytes, "%s (iteration %lld)", facts.key,
                  static_cast<long long>(iteration));
    place.key = room;
  }
  return place;
}

// An execution from before the kernel runs until it ran.
class Seen {
 public:
  Seen(const Execution& execution, void* context)
      : execution_(execution), operands_(*execution.library, *execution.facts, context) {}

  void before(void* context) {
    if (execution_.facts->role == KernelRole::kMove) return;
    const char* file = nullptr;
    uint32_t line = 0;
    if (auto* locate = g_locate.load(std::memory_order_acquire); locate && execution_.by_line)
      locate(&file, &line);
    ProbeScope scope;
    if (!scope) return;
    operands_.read();
    const KernelRole role = execution_.facts->role;
    const bool known = role != KernelRole::kVariable || !operands_.inputs().empty();
    if (known && operands_.has_outputs()) {
      char room[sizeof KernelFacts::key + 32];
      NodePlace place = place_of(execution_, room, sizeof room, context);
      if (file) {
        place.file = file;
        place.line = line;
      }
      operation_ = begin_in_lane(*execution_.lane, place, operands_.inputs());
    }
  }
  void after() {
    static constinit std::atomic<bool> told_outputs{false}, told_strings{false}, told_more{false};
    if (!outputs_known()) tell_once(told_outputs, "what TensorFlow's operations wrote");
    record();
    if (operands_.has_strings())
      tell_once(told_strings, "strings that TensorFlow's operations read or wrote");
    if (operands_.has_more())
      tell_once(told_more, "operands beyond the 96th of an operation of TensorFlow's");
  }

 private:
  void record() {
    ProbeScope scope;
    if (!scope) return;
    operands_.written();
    end_in_lane(operation_, operands_.outputs());
    operands_.release();
  }

  Execution execution_;
  TensorOperands operands_;
  detaudit_op* operation_ = nullptr;
};

// What a compiler made one piece of is one operation to everyone.
void tell_compiled(KernelFacts& facts) {
  if (!facts.compiled || facts.executed) return;
  facts.executed = true;
  detaudit_adapter_note(DETAUDIT_NOTE_UNSEEN, "operations inside of a function compiled by XLA",
                        facts.key, 1);
}

bool is_recorded(const Execution& execution) {
  if (!execution.facts) return false;
  tell_compiled(*execution.facts);
  const KernelRole role = execution.facts->role;
  if (role == KernelRole::kOnce) {
    if (execution.facts->executed) return false;
    execution.facts->executed = true;
  }
  return role != KernelRole::kSilent && role != KernelRole::kBatch;
}

void batch_arrived(const Execution& execution, void* context) {
  const char* file = nullptr;
  uint32_t line = 0;
  if (auto* locate = g_locate.load(std::memory_order_acquire); locate && execution.by_line)
    locate(&file, &line);
  ProbeScope scope;
  if (!scope) return;
  TensorOperands operands(*execution.library, *execution.facts, context);
  operands.written();
  BatchPart parts[TensorOperands::kMost];
  const size_t count = operands.parts(parts);
  char room[sizeof KernelFacts::key + 32];
  NodePlace place = place_of(execution, room, sizeof room, context);
  place.op = "tf.data";
  if (file) {
    place.file = file;
    place.line = line;
  }
  if (count > 0) batch_in_lane(*execution.lane, place, {parts, count});
  operands.release();
}

void execute(void* device, void* kernel, void* context) {
  KernelScope scope;
  if (auto* next = g_compute.get()) next(device, kernel, context);
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

DETAUDIT_INTERPOSED void tensorflow_compute(void*, void*, void*) __asm__(
    "_ZN10tensorflow16ThreadPoolDevice7ComputeEPNS_8OpKernelEPNS_15OpKernelContextE");
void tensorflow_compute(void* device, void* kernel, void* context) {
  if (!probing()) return execute(device, kernel, context);
  const Execution execution = look_at(kernel, context);
  if (is_recorded(execution)) {
    Seen seen(execution, context);
    seen.before(context);
    execute(device, kernel, context);
    return seen.after();
  }
  execute(device, kernel, context);
  if (execution.facts && execution.facts->role == KernelRole::kBatch)
    batch_arrived(execution, context);
}

__attribute__((visibility("default"))) void
tensorflow_compute_async(void*, void*, void*, TensorFlow::Done) __asm__(
    "_ZN10tensorflow16ThreadPoolDevice12ComputeAsyncEPNS_13AsyncOpKernelEPNS_15OpKernelContextESt8"
    "functionIFvvEE");
void tensorflow_compute_async(void* device, void* kernel, void* context, TensorFlow::Done done) {
  auto* next = g_compute_async.get();
  if (!next) return;
  KernelScope scope;
  if (!probing()) return next(device, kernel, context, std::move(done));
  Execution execution = look_at(kernel, context);
  if (execution.facts && execution.facts->role == KernelRole::kBatch) {
    next(device, kernel, context, [execution, context, done = std::move(done)] {
      batch_arrived(execution, context);
      done();
    });
    return;
  }
  if (!is_recorded(execution)) return next(device, kernel, context, std::move(done));
  auto* seen = new (std::nothrow) Seen(execution, context);
  if (!seen) return next(device, kernel, context, std::move(done));
  seen->before(context);
  next(device, kernel, context, [seen, done = std::move(done)] {
    seen->after();
    delete seen;
    done();
  });
}

int detaudit_tensorflow_watch(void) {
  if (!TensorFlow::get()) return 0;
  return g_compute.get() && g_compute_async.get() ? 1 : 0;
}

void detaudit_tensorflow_place(const char* node, const char* file, uint32_t line) {
  ProbeScope scope;
  if (scope && node && file) place_node(node, file, line);
}

void detaudit_tensorflow_locate(void (*locate)(const char** file, uint32_t* line)) {
  g_locate.store(locate, std::memory_order_release);
}

void detaudit_tensorflow_as(const char* op, const char* key) {
  g_naming.key.store(key, std::memory_order_relaxed);
  g_naming.op.store(op, std::memory_order_release);
}
