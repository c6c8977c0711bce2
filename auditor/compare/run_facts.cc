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

uint64_t mixed(uint64_t word, uint64_t number) {
  word ^= number * 0x9e3779b97f4a7c15u;
  word ^= word >> 32;
  word *= 0xd6e8feb86659fd93u;
  return word ^ (word >> 32);
}

// Digests of events are added up, which says the same of them as any sorted list would, whatever
// the order in which they came. Occurrences count within a lane: they are left out of an op without
// keys that several lanes of a process ran, since which lane ran what may change. Memory: one entry
// an op.
class RunDigest {
 public:
  void add(const Sighting& sighting, const TraceReader& reader) {
    const Event& event = *sighting.event;
    const bool keyed = event.key != 0;
    parts_.clear();
    parts_.push_back({event.step, reader.hash(event.op)});
    parts_.push_back({keyed ? reader.hash(event.key) : event.occurrence >> 32,
                      static_cast<uint64_t>(event.kind) << 1 | static_cast<uint64_t>(keyed)});
    parts_.insert(parts_.end(), event.outputs.begin(), event.outputs.end());
    const kernels::Digest anywhere = kernels::combine_ordered(parts_);
    if (keyed) {
      sum_ = kernels::add(sum_, anywhere);
    } else {
      add_unkeyed(sighting, anywhere);
    }
  }
  kernels::Digest sum() {
    end_process();
    return sum_;
  }

 private:
  static constexpr uint32_t kNoLane = UINT32_MAX;
  static constexpr size_t kKinds = 8;
  struct Unkeyed {
    uint32_t lane = kNoLane;
    bool in_several_lanes = false;
    kernels::Digest anywhere, in_lane;
  };

  void add_unkeyed(const Sighting& sighting, const kernels::Digest& anywhere) {
    const Event& event = *sighting.event;
    if (sighting.process != process_) end_process();
    process_ = sighting.process;
    const size_t place = event.op * kKinds + static_cast<size_t>(event.kind);
    if (place >= unkeyed_.size()) unkeyed_.resize(place + 1);
    Unkeyed& op = unkeyed_[place];
    op.in_several_lanes |= op.lane != kNoLane && op.lane != event.lane;
    op.lane = event.lane;
    op.anywhere = kernels::add(op.anywhere, anywhere);
    op.in_lane = kernels::add(op.in_lane, {mixed(anywhere.low, event.occurrence),
                                           mixed(anywhere.high, ~event.occurrence)});
  }

  void end_process() {
    for (const Unkeyed& op : unkeyed_) {
      sum_ = kernels::add(sum_, op.in_several_lanes ? op.anywhere : op.in_lane);
    }
    unkeyed_.clear();
  }

  std::vector<kernels::Digest> parts_;
  kernels::Digest sum_;
  uint32_t process_ = 0;
  std::vector<Unkeyed> unkeyed_;  // of that process, by op and kind
};

void resolve_replays(const TraceReader& reader, RunFacts& facts) {
  facts.replays = reader.replays();
  for (const instrument::ReplayRecord& replay : facts.replays) {
    facts.replay_ops.emplace_back(reader.text(replay.op));
    facts.replay_keys.emplace_back(reader.text(replay.key));
    facts.replay_lanes.emplace_back(reader.lane_name(replay.lane));
    facts.replay_files.emplace_back(reader.text(replay.file));
    facts.replay_signatures.push_back(reader.signature(replay.signature));
  }
}

}  // namespace

RunFacts read_run(const std::filesystem::path& run) {
  TraceStream stream(run, {});
  RunFacts facts;
  OperationTable operations;
  RunDigest digest;
  while (stream.advance()) {
    const Event& event = *stream.head().event;
    ++facts.events;
    facts.last_step = std::max(facts.last_step, event.step);
    facts.any_operation |=
        event.kind == EventKind::kOperation || event.kind == EventKind::kCollective;
    ++operations.at(event.kind, event.op).events;
    digest.add(stream.head(), stream.reader());
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
