#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "auditor/experiments/evidence.h"
#include "auditor/experiments/experiments.h"
#include "rules/frameworks.h"

namespace detaudit::auditor {

rules::OriginShape origin_shape(DivergenceShape shape) {
  switch (shape) {
    case DivergenceShape::kOutputsDiffer: return rules::OriginShape::kOutputsDiffer;
    case DivergenceShape::kOnlyInOneRun: return rules::OriginShape::kOnlyInOneRun;
    case DivergenceShape::kEnteredUnseen: return rules::OriginShape::kEnteredUnseen;
    case DivergenceShape::kEndsDiffer: return rules::OriginShape::kEndsDiffer;
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

namespace {

void add_exact(const instrument::ReplayRecord& replay, rules::ExactReplays& exact) {
  exact.count.executions += replay.executions;
  exact.count.unlike += replay.unlike;
  exact.change = std::max(exact.change, replay.change_scale);
  if (replay.distinct > 1 && replay.change_scale > 0) {
    exact.share = std::max(exact.share, replay.magnitude.max_abs / replay.change_scale);
  }
}

// Totals about one kernel: why it was not replayed.
void add_refusals(const OriginGroup& group, const RunFacts& facts,
                  rules::OriginEvidence& evidence) {
  auto& reasons = evidence.not_replayed;
  for (const instrument::SourceRecord& record : facts.sources) {
    if (record.kind != instrument::SourceKind::kCoverage || record.site.empty() ||
        record.site != group.first.op)
      continue;
    if (std::find(reasons.begin(), reasons.end(), record.function) == reasons.end())
      reasons.push_back(record.function);
  }
}

void add_count(const instrument::ReplayRecord& replay, rules::ReplayCount& count) {
  count.executions += replay.executions;
  count.unlike += replay.unlike;
}

}  // namespace

void add_replays(const OriginGroup& group, const RunFacts& facts, rules::OriginEvidence& evidence) {
  add_refusals(group, facts, evidence);
  for (size_t i = 0; i < facts.replays.size(); ++i) {
    const instrument::ReplayRecord& replay = facts.replays[i];
    if (facts.replay_ops[i] != group.first.op) continue;
    switch (replay.mode) {
      case instrument::ReplayMode::kEqualInputs:
        add_exact(replay, evidence.equal_inputs);
        continue;
      case instrument::ReplayMode::kCoarseInputs:
        add_exact(replay, evidence.coarse_inputs);
        continue;
      case instrument::ReplayMode::kFree:
        add_count(replay, evidence.replays_free);
        break;
      case instrument::ReplayMode::kOneWorker:
        add_count(replay, evidence.replays_one_worker);
        break;
    }
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

void add_source(const instrument::SourceRecord& source, size_t most,
                std::vector<instrument::SourceRecord>& list) {
  const bool known = std::any_of(list.begin(), list.end(), [&](const auto& each) {
    return each.function == source.function && each.site == source.site;
  });
  if (!known && list.size() < most) list.push_back(source);
}

bool is_read(const instrument::SourceRecord& source) {
  return source.kind == instrument::SourceKind::kEntropy ||
         source.kind == instrument::SourceKind::kClock;
}

// Runtimes read clocks of durations all the time: to wait, to measure.
bool tells_the_date(const instrument::SourceRecord& source) {
  return source.kind != instrument::SourceKind::kClock ||
         (source.function.find("MONOTONIC") == std::string::npos &&
          source.function.find("steady") == std::string::npos &&
          source.function.find("CPU time") == std::string::npos);
}

// Those read before the event, the likeliest first: by a line of a script, by the event's own
// process, a date rather than a duration, and of these what was read last. An output is an event
// when the run ends, so what came first says more.
std::vector<instrument::SourceRecord> read_before(const EventPlace& event, const RunFacts& facts) {
  std::vector<instrument::SourceRecord> reads;
  std::copy_if(facts.sources.begin(), facts.sources.end(), std::back_inserter(reads),
               [&](const auto& source) { return source.order <= event.order && is_read(source); });
  const bool output = event.kind == instrument::EventKind::kOutput;
  if (!output) std::reverse(reads.begin(), reads.end());
  auto likeliness = [&](const instrument::SourceRecord& source) {
    return std::tuple(rules::is_framework_call(source.function), source.process == event.process,
                      tells_the_date(source), output ? 0 : source.order);
  };
  std::stable_sort(reads.begin(), reads.end(), [&](const auto& a, const auto& b) {
    return likeliness(a) > likeliness(b);
  });
  return reads;
}

// Adapters name operations by their framework; an adapter that is at work says so.
rules::Framework framework_of(const OriginGroup& group, const RunFacts& facts) {
  struct Names {
    const char *adapter, *ops;
    rules::Framework framework;
  };
  constexpr Names kFrameworks[] = {{"torch", "aten::", rules::Framework::kPyTorch},
                                   {"torch", "c10d::", rules::Framework::kPyTorch},
                                   {"torch", "_c10d_functional::", rules::Framework::kPyTorch},
                                   {"torch", "torch.Generator", rules::Framework::kPyTorch},
                                   {"tensorflow", "tf.", rules::Framework::kTensorFlow},
                                   {"jax", "jax.", rules::Framework::kJax}};
  for (const Names& each : kFrameworks) {
    const bool at_work = std::any_of(facts.sources.begin(), facts.sources.end(), [&](const auto& s) {
      return s.kind == instrument::SourceKind::kAdapter && s.function == each.adapter;
    });
    if (at_work && group.first.op.starts_with(each.ops)) return each.framework;
  }
  return rules::Framework::kNone;
}

void add_sources(const OriginGroup& group, const RunFacts& facts,
                 rules::OriginEvidence& evidence) {
  for (const instrument::SourceRecord& source : read_before(group.first, facts)) {
    add_source(source, 4,
               source.kind == instrument::SourceKind::kEntropy ? evidence.entropy_reads
                                                               : evidence.clock_reads);
  }
  // In the order in which they came, which says whom a call was made for.
  for (const instrument::SourceRecord& source : facts.sources) {
    if (source.order > group.first.order) continue;
    if (source.kind == instrument::SourceKind::kAdapterUnordered)
      add_source(source, 16, evidence.unordered_calls);
    else if (is_read(source) && rules::is_framework_call(source.function))
      add_source(source, 16, evidence.framework_calls);
  }
}

}  // namespace

namespace {

// Lanes of a device's streams are named by its probe: "p0:gpu0.s1".
bool is_launch(const OriginGroup& group) {
  const size_t colon = group.first.lane.find(':');
  return group.first.kind == instrument::EventKind::kOperation && colon != std::string::npos &&
         group.first.lane.compare(colon + 1, 3, "gpu") == 0;
}

void add_code(const OriginGroup& group, const RunFacts& facts, rules::OriginEvidence& evidence) {
  for (const instrument::SourceRecord& record : facts.sources) {
    if (record.kind != instrument::SourceKind::kKernelCode || record.site != group.first.op)
      continue;
    const auto fact = instrument::decode_code_fact(record.function);
    if (!fact) continue;
    if (!evidence.code) evidence.code.emplace().whole = true;
    evidence.code->whole &= fact->kind != instrument::CodeFact::Kind::kPart;
    const std::string text = instrument::encode(*fact);
    auto& known = evidence.code->facts;
    if (std::none_of(known.begin(), known.end(),
                     [&](const auto& each) { return instrument::encode(each.fact) == text; }))
      known.push_back({*fact, record.count});
  }
}

using Names = std::set<std::string>;

// The texts of one kind that a run has at a name: of its calls by kernel, or its kernels by call.
Names sites_of(const RunFacts& facts, instrument::SourceKind kind, const std::string& function) {
  Names found;
  for (const instrument::SourceRecord& record : facts.sources)
    if (record.kind == kind && record.function == function) found.insert(record.site);
  return found;
}

constexpr size_t kShown = 3;

std::vector<std::string> only_in(const Names& a, const Names& b) {
  std::vector<std::string> only;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(only));
  if (only.size() > kShown) only.resize(kShown);
  return only;
}

// What only `a` has, then what both have.
std::vector<std::string> with_own_first(const Names& a, const Names& b) {
  std::vector<std::string> texts = only_in(a, b);
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(texts));
  if (texts.size() > kShown) texts.resize(kShown);
  return texts;
}

void add_choice(const OriginGroup& group, const std::vector<RunFacts>& runs,
                rules::OriginEvidence& evidence) {
  const auto kind = instrument::SourceKind::kLibraryChoice;
  const Names here = sites_of(runs.front(), kind, group.first.op);
  for (const RunFacts& run : runs) {
    const Names there = sites_of(run, kind, group.first.op);
    if (here.empty() && there.empty()) continue;
    evidence.choice = {with_own_first(here, there), with_own_first(there, here)};
    if (here != there) return;
  }
}

Names calls_of(const RunFacts& facts, const std::string& kernel) {
  Names calls;
  for (const instrument::SourceRecord& record : facts.sources)
    if (record.kind == instrument::SourceKind::kLaunchedIn && record.site == kernel)
      calls.insert(record.function);
  return calls;
}

// What the calls that launched the kernel in one run launched in another, where it was not.
void add_launches(const OriginGroup& group, const std::vector<RunFacts>& runs,
                  rules::OriginEvidence& evidence) {
  Names calls;
  for (const RunFacts& run : runs) calls.merge(calls_of(run, group.first.op));
  evidence.launched_in.assign(calls.begin(), calls.end());
  const auto kind = instrument::SourceKind::kLaunchedIn;
  for (const std::string& call : calls) {
    Names with, without;
    for (const RunFacts& run : runs) {
      Names kernels = sites_of(run, kind, call);
      (kernels.contains(group.first.op) ? with : without).merge(kernels);
    }
    for (std::string& kernel : only_in(without, with))
      evidence.launched_instead.push_back(std::move(kernel));
  }
}

void add_settings(const RunFacts& facts, rules::OriginEvidence& evidence) {
  constexpr size_t kSettings = 8;
  auto& settings = evidence.library_settings;
  for (const instrument::SourceRecord& record : facts.sources) {
    if (record.kind != instrument::SourceKind::kLibrarySetting || settings.size() >= kSettings)
      continue;
    std::string text = record.function + ": " + record.site;
    if (std::find(settings.begin(), settings.end(), text) == settings.end())
      settings.push_back(std::move(text));
  }
}

// By path: how often it was read, and each time a digest of the names in order, one of the names.
using FolderReads = std::multimap<std::string, std::pair<std::string, std::string>>;

FolderReads folder_reads(const RunFacts& facts) {
  FolderReads reads;
  for (const instrument::SourceRecord& record : facts.sources) {
    const size_t space = record.function.find(' ');
    if (record.kind != instrument::SourceKind::kFolderRead || space == std::string::npos) continue;
    reads.emplace(record.site, std::pair(record.function.substr(0, space),
                                         record.function.substr(space + 1)));
  }
  return reads;
}

}  // namespace

std::vector<std::string> reordered_folders(const std::vector<RunFacts>& facts) {
  std::set<std::string> folders;
  if (facts.empty()) return {};
  const FolderReads first = folder_reads(facts.front());
  for (size_t run = 1; run < facts.size(); ++run) {
    for (const auto& [path, there] : folder_reads(facts[run])) {
      const auto [begin, end] = first.equal_range(path);
      const bool same_names = std::any_of(begin, end, [&](const auto& here) {
        return here.second.second == there.second;
      });
      const bool same_order =
          std::any_of(begin, end, [&](const auto& here) { return here.second == there; });
      if (same_names && !same_order) folders.insert(path);
    }
  }
  return {folders.begin(), folders.end()};
}

rules::OriginEvidence recorded_evidence(const OriginGroup& group,
                                        const std::vector<RunFacts>& facts) {
  rules::OriginEvidence evidence;
  evidence.kind = group.first.kind;
  evidence.shape = origin_shape(group.shape);
  evidence.inputs = static_cast<unsigned>(group.signature.inputs.size());
  evidence.batch_same_samples = group.batch_same_samples;
  evidence.reordered = group.reordered;
  if (group.first.kind == instrument::EventKind::kRngStream) evidence.stream = group.first.op;
  if (!group.outputs.empty() && group.outputs[0] < group.signature.outputs.size()) {
    evidence.epsilon = dtype_epsilon(group.signature.outputs[group.outputs[0]].dtype);
  }
  for (const RunFacts& run : facts) {
    add_replays(group, run, evidence);
    add_sources(group, run, evidence);
    if (evidence.framework == rules::Framework::kNone)
      evidence.framework = framework_of(group, run);
    if (!is_launch(group)) continue;
    add_code(group, run, evidence);
    add_settings(run, evidence);
  }
  evidence.folders_reordered = reordered_folders(facts);
  if (facts.empty()) return evidence;
  if (is_launch(group))
    add_launches(group, facts, evidence);
  else
    add_choice(group, facts, evidence);
  return evidence;
}

}  // namespace detaudit::auditor
