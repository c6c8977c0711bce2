#include <algorithm>

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
kernels::Digest event_digest(const Event& event, const TraceReader& reader) {
  const bool keyed = event.key != 0;
  const uint64_t which = keyed ? reader.hash(event.key) : event.occurrence;
  const kernels::Digest parts[] = {
      {event.step, reader.hash(event.op)},
      {which, static_cast<uint64_t>(event.kind) << 1 | static_cast<uint64_t>(keyed)},
      kernels::combine_ordered(event.outputs)};
  return kernels::combine_ordered(parts);
}

void resolve_replays(const TraceReader& reader, RunFacts& facts) {
  facts.replays = reader.replays();
  for (const instrument::ReplayRecord& replay : facts.replays) {
    facts.replay_ops.emplace_back(reader.text(replay.op));
    facts.replay_keys.emplace_back(reader.text(replay.key));
    facts.replay_lanes.emplace_back(reader.lane_name(replay.lane));
  }
}

}  // namespace

RunFacts read_run(const std::filesystem::path& run) {
  TraceStream stream(run, UINT64_MAX);
  RunFacts facts;
  OperationTable operations;
  while (stream.advance()) {
    const Event& event = *stream.head().event;
    ++facts.events;
    facts.last_step = std::max(facts.last_step, event.step);
    facts.any_operation |= event.kind == EventKind::kOperation;
    ++operations.at(event.kind, event.op).events;
    facts.digest = kernels::add(facts.digest, event_digest(event, stream.reader()));
  }
  const TraceReader& reader = stream.reader();
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
