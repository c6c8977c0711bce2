#include <algorithm>
#include <limits>

#include "auditor/experiments/evidence.h"
#include "auditor/experiments/experiments.h"

namespace detaudit::auditor {

rules::OriginShape origin_shape(DivergenceShape shape) {
  switch (shape) {
    case DivergenceShape::kOutputsDiffer: return rules::OriginShape::kOutputsDiffer;
    case DivergenceShape::kOnlyInOneRun: return rules::OriginShape::kOnlyInOneRun;
    case DivergenceShape::kEnteredUnseen: return rules::OriginShape::kEnteredUnseen;
  }
  return rules::OriginShape::kOutputsDiffer;
}

double dtype_epsilon(kernels::DType dtype) {
  switch (dtype) {
    case kernels::DType::kF16: return 0x1p-10;
    case kernels::DType::kBF16: return 0x1p-7;
    case kernels::DType::kF32: return std::numeric_limits<float>::epsilon();
    case kernels::DType::kF64: return std::numeric_limits<double>::epsilon();
    default: return 0;
  }
}

namespace {

// Keeps the worst difference seen, as a share of what the operation changes: a race that lost
// nothing in one execution may lose something in the next.
void add_magnitude(const OriginGroup& group, const instrument::ReplayRecord& replay,
                   rules::OriginEvidence& evidence) {
  auto share = [](const kernels::Magnitude& magnitude, double scale) {
    return scale > 0 ? magnitude.max_abs / scale : magnitude.max_abs;
  };
  if (evidence.magnitude && share(*evidence.magnitude, evidence.change_scale) >=
                                share(replay.magnitude, replay.change_scale)) {
    return;
  }
  evidence.magnitude = replay.magnitude;
  evidence.change_scale = replay.change_scale;
  if (replay.worst_output < group.signature.outputs.size()) {
    evidence.epsilon = dtype_epsilon(group.signature.outputs[replay.worst_output].dtype);
  }
}

}  // namespace

void add_replays(const OriginGroup& group, const RunFacts& facts, rules::OriginEvidence& evidence) {
  for (size_t i = 0; i < facts.replays.size(); ++i) {
    const instrument::ReplayRecord& replay = facts.replays[i];
    if (facts.replay_ops[i] != group.first.op) continue;
    auto& slot = replay.mode == instrument::ReplayMode::kFree ? evidence.replay_free
                                                              : evidence.replay_one_worker;
    // The occurrence that varied says more than one that did not.
    if (!slot || slot->distinct < replay.distinct) slot = replay;
    if (replay.mode == instrument::ReplayMode::kFree && replay.distinct > 1) {
      add_magnitude(group, replay, evidence);
    }
  }
}

namespace {

void add_sources(const OriginGroup& group, const RunFacts& facts,
                 rules::OriginEvidence& evidence) {
  for (const instrument::SourceRecord& source : facts.sources) {
    if (source.order > group.first.order) continue;
    auto* list = source.kind == instrument::SourceKind::kEntropy ? &evidence.entropy_reads
                 : source.kind == instrument::SourceKind::kClock ? &evidence.clock_reads
                                                                 : nullptr;
    constexpr size_t kShown = 4;
    if (!list || list->size() >= kShown) continue;
    auto same = [&](const auto& s) { return s.function == source.function && s.site == source.site; };
    if (std::none_of(list->begin(), list->end(), same)) list->push_back(source);
  }
}

}  // namespace

rules::OriginEvidence recorded_evidence(const OriginGroup& group,
                                        const std::vector<RunFacts>& facts) {
  rules::OriginEvidence evidence;
  evidence.kind = group.first.kind;
  evidence.shape = origin_shape(group.shape);
  evidence.inputs = static_cast<unsigned>(group.signature.inputs.size());
  evidence.batch_same_samples = group.batch_same_samples;
  evidence.reordered = group.reordered;
  if (!group.outputs.empty() && group.outputs[0] < group.signature.outputs.size()) {
    evidence.epsilon = dtype_epsilon(group.signature.outputs[group.outputs[0]].dtype);
  }
  for (const RunFacts& run : facts) {
    add_replays(group, run, evidence);
    add_sources(group, run, evidence);
  }
  return evidence;
}

}  // namespace detaudit::auditor
