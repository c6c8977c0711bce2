#include <algorithm>
#include <vector>

#include "auditor/compare/comparison.h"
#include "auditor/compare/operation_table.h"
#include "auditor/compare/trace_stream.h"

namespace detaudit::auditor {
namespace {

using instrument::Event;
using instrument::EventKind;
using instrument::TraceReader;

// Digests of events are added up, which says the same of them as any sorted list would, whatever
// the order in which they came.
class RunDigest {
 public:
  void add(const Event& event, const TraceReader& reader) {
    const bool keyed = event.key != 0;
    parts_.clear();
    parts_.push_back({event.step, reader.hash(event.op)});
    parts_.push_back({keyed ? reader.hash(event.key) : event.occurrence,
                      static_cast<uint64_t>(event.kind) << 1 | static_cast<uint64_t>(keyed)});
    parts_.insert(parts_.end(), event.outputs.begin(), event.outputs.end());
    sum_ = kernels::add(sum_, kernels::combine_ordered(parts_));
  }
  const kernels::Digest& sum() const { return sum_; }

 private:
  std::vector<kernels::Digest> parts_;
  kernels::Digest sum_;
};

void resolve_replays(const TraceReader& reader, RunFacts& facts) {
  facts.replays = reader.replays();
  for (const instrument::ReplayRecord& replay : facts.replays) {
    facts.replay_ops.emplace_back(reader.text(replay.op));
    facts.replay_keys.emplace_back(reader.text(replay.key));
    facts.replay_lanes.emplace_back(reader.lane_name(replay.lane));
    facts.replay_signatures.push_back(reader.signature(replay.signature));
  }
}

}  // namespace

RunFacts read_run(const std::filesystem::path& run) {
  TraceStream stream(run, UINT64_MAX);
  RunFacts facts;
  OperationTable operations;
  RunDigest digest;
  while (stream.advance()) {
    const Event& event = *stream.head().event;
    ++facts.events;
    facts.last_step = std::max(facts.last_step, event.step);
    facts.any_operation |= event.kind == EventKind::kOperation;
    ++operations.at(event.kind, event.op).events;
    digest.add(event, stream.reader());
  }
  const TraceReader& reader = stream.reader();
  facts.digest = digest.sum();
  facts.operations = operations.by_name(reader);
  facts.lanes = stream.lanes();
  facts.sources = reader.sources();
  resolve_replays(reader, facts);
  const instrument::TraceSummary summary = reader.summary();
  facts.finished = summary.state == instrument::TraceState::kFinished;
  facts.lossy = summary.dropped > 0 || summary.damaged_bytes > 0;
  facts.lossy_reason = summary.lossy_reason;
  return facts;
}

}  // namespace detaudit::auditor
