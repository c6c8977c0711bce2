#include "detaudit/probe.h"
#include "instrument/recorder/capture_file.h"
#include "instrument/recorder/declared_buffer.h"
#include "instrument/recorder/digest_crew.h"
#include "instrument/recorder/recorder.h"
#include "instrument/recorder/replay.h"

namespace detaudit::instrument {
namespace {

std::span<const detaudit_buffer> listed(const detaudit_buffer* buffers, size_t count) {
  return {buffers, buffers ? count : 0};
}

// The slot of an op that is being run: given back also when its body throws.
class OperationSlot {
 public:
  OperationSlot(ThreadLane& lane, const char* op, const char* key) {
    Session session;
    Place place;
    if (!session.place(lane, EventKind::kOperation, op, key, place)) return;
    Operations::Handle handle;
    operation_ = session.operations().take(handle);
    if (!operation_) {
      session.writer().drop(1, "more operations were open at once than can be kept");
      return;
    }
    operation_->state = Operation::State::kEnding;
    operation_->place = place;
    operation_->belongs_to(lane);
  }
  ~OperationSlot() {
    if (!operation_) return;
    Session session;
    session.operations().give_back(*operation_);
  }
  OperationSlot(const OperationSlot&) = delete;
  OperationSlot& operator=(const OperationSlot&) = delete;
  Operation* get() { return operation_; }

 private:
  Operation* operation_ = nullptr;
};

bool declare_all(const char* op, Operation& operation, std::span<const detaudit_buffer> in,
                 std::span<const detaudit_buffer> out) {
  for (const detaudit_buffer& buffer : in) {
    if (const char* what = misuse(buffer)) count_misuse(op, "input", buffer.name, what);
    if (!operation.add_input(declare(buffer))) return false;
  }
  for (const detaudit_buffer& buffer : out) {
    if (const char* what = misuse(buffer)) count_misuse(op, "output", buffer.name, what);
    if (!operation.add_output(declare(buffer))) return false;
  }
  digest_buffers(operation.input_span());
  return true;
}

Session::Written write_event(Operation& operation) {
  digest_buffers(operation.output_span());
  capture_outputs(operation);
  Session session;
  return session.write(operation.place,
                       {EventKind::kOperation, operation.input_span(), operation.output_span(), 0});
}

// Runs body once as the subject asked, recorded, and again where a replay is wanted.
void run_recorded(ThreadLane& lane, const char* op, const char* key,
                  std::span<const detaudit_buffer> in, std::span<const detaudit_buffer> out,
                  const Execution& execution, Inside& inside) {
  OperationSlot slot(lane, op, key);
  Operation* operation = slot.get();
  if (!operation) {
    execution.run();
    return inside.keep_errno();
  }
  if (!declare_all(op, *operation, in, out)) {
    count_loss();
    execution.run();
    return inside.keep_errno();
  }
  Replay replay(lane, *operation);
  double seconds = execution.run();
  inside.keep_errno();
  if (!recording()) return;
  Session::Written written = write_event(*operation);
  replay.after(*operation, written, execution, seconds);
}

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

void detaudit_op_run(const char* op, const char* key, const detaudit_buffer* in, size_t n_in,
                     const detaudit_buffer* out, size_t n_out, void (*body)(void*), void* context) {
  if (!body) return;
  if (!recording() || t_inside) {
    body(context);
    return;
  }
  ThreadLane* lane;
  {
    Inside inside;
    lane = current_lane();
    if (!lane) count_loss();
  }
  if (!lane || lane->replaying) {
    body(context);
    return;
  }
  Inside inside;
  if ((n_in > 0 && !in) || (n_out > 0 && !out)) count_misuse(op, "list of", "buffers", "no data");
  run_recorded(*lane, op, key, listed(in, n_in), listed(out, n_out), {body, context}, inside);
}
