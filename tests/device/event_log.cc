#include "tests/device/event_log.h"

#include <detaudit/probe.h>

#include <utility>

#include "kernels/dtype.h"

// The probe API, for one thread that records: a list in memory in place of a trace.
struct detaudit_op {
  detaudit::device::LoggedEvent event;
};

namespace {

using detaudit::device::LoggedEvent;
using detaudit::kernels::Digest;

std::vector<LoggedEvent> g_events;
uint64_t g_step = 0;
detaudit_op g_open;

Digest digest_of(const detaudit_buffer& buffer) {
  const auto dtype = static_cast<detaudit::kernels::DType>(buffer.dtype);
  const size_t bytes = buffer.data ? buffer.elements * detaudit::kernels::element_bytes(dtype) : 0;
  return detaudit::kernels::digest(buffer.data, bytes);
}

std::string name_of(const char* op, const char* key) {
  return "step " + std::to_string(g_step) + ": " + op + (key ? " [" + std::string(key) + "]" : "");
}

void log(const char* name, const void* data, size_t bytes) {
  g_events.push_back({name_of(name, nullptr), {}, {detaudit::kernels::digest(data, bytes)}});
}

}  // namespace

namespace detaudit::device {

std::vector<LoggedEvent> take_events() {
  g_step = 0;
  return std::exchange(g_events, {});
}

}  // namespace detaudit::device

int detaudit_active(void) { return 1; }
void detaudit_step(uint64_t step) { g_step = step; }

detaudit_op* detaudit_op_begin(const char* op, const char* key) {
  g_open.event = {name_of(op, key), {}, {}};
  return &g_open;
}
void detaudit_op_input_digest(detaudit_op* op, detaudit_buffer, uint64_t low, uint64_t high) {
  op->event.inputs.push_back({low, high});
}
void detaudit_op_output_digest(detaudit_op* op, detaudit_buffer, uint64_t low, uint64_t high) {
  op->event.outputs.push_back({low, high});
}
void detaudit_op_end(detaudit_op* op) { g_events.push_back(op->event); }

void detaudit_op_run(const char* op, const char* key, const detaudit_buffer* in, size_t n_in,
                     const detaudit_buffer* out, size_t n_out, void (*body)(void*), void* context) {
  LoggedEvent event{name_of(op, key), {}, {}};
  for (size_t i = 0; i < n_in; ++i) event.inputs.push_back(digest_of(in[i]));
  body(context);
  for (size_t i = 0; i < n_out; ++i) event.outputs.push_back(digest_of(out[i]));
  g_events.push_back(std::move(event));
}

void detaudit_location(const char*, uint32_t) {}
void detaudit_rng_stream(const char* stream, const void* state, size_t bytes) {
  log(stream, state, bytes);
}
void detaudit_batch(const char* dataset, const uint64_t* samples, size_t count) {
  log(dataset, samples, count * sizeof *samples);
}
void detaudit_metric(const char* name, double value) { log(name, &value, sizeof value); }
void detaudit_lane(const char*) {}
void detaudit_schedule_point(void) {}
uint32_t detaudit_workers(uint32_t wanted) { return wanted; }
void detaudit_parallel(detaudit_parallel_run, void*) {}
