#include <fmt/format.h>
#include <cstring>

#include "auditor/audit/gpu_search.h"
#include "auditor/audit/kernel_name.h"
#include "auditor/audit/report_model.h"

namespace detaudit::auditor {
namespace {

using instrument::EventKind;

std::string quoted(const EventPlace& place) {
  const std::string op = kernel_name(place.op).base;
  return place.key.empty() ? fmt::format("`{}`", op) : fmt::format("`{}` ({})", op, place.key);
}

// "launch 98 (_Z1kPf)" with the name that people know.
std::string quoted_launch(const OriginGroup& group) {
  const std::string& key = group.first.key;
  const size_t bracket = key.find(" (");
  if (bracket == std::string::npos) return key;
  const std::string symbol = key.substr(bracket + 2, key.rfind(')') - bracket - 2);
  return fmt::format("{} (`{}`)", key.substr(0, bracket), kernel_name(symbol).base);
}

std::string headline(const OriginGroup& group) {
  if (group.in_other_order) {
    return fmt::format("threads gave the GPU work in another order by {}, and outputs differ",
                       group.first.key.substr(0, group.first.key.find(", ")));
  }
  if (group.shape == DivergenceShape::kOnlyInOneRun && group.first.kind == EventKind::kOutput) {
    return fmt::format(
        "output `{}` was there after the {} run alone, from chunk {} (64 KiB each) on",
        group.first.op, group.only_in_first ? "first" : "other", group.first.key);
  }
  if (group.shape == DivergenceShape::kOnlyInOneRun) {
    return fmt::format("{} ran only in the {} run", quoted(group.first),
                       group.only_in_first ? "first" : "other");
  }
  if (const auto window = swept_window(group)) {
    return window->size() > 1
               ? fmt::format("the GPU's memory parted in {}", window_name(*window))
               : fmt::format("the GPU's memory parted at {}, where no buffer that it was given did",
                             quoted_launch(group));
  }
  if (group.shape == DivergenceShape::kEndsDiffer) {
    return "the program ended differently in different runs";
  }
  if (group.shape == DivergenceShape::kEnteredUnseen) {
    return fmt::format("the inputs of {} parted before it ran, unseen", quoted(group.first));
  }
  switch (group.first.kind) {
    case EventKind::kOperation:
      if (group.replayed_only) {
        return fmt::format("{} wrote different bytes when it was executed again on equal inputs",
                           quoted(group.first));
      }
      return fmt::format("{} wrote different bytes on equal inputs", quoted(group.first));
    case EventKind::kCollective:
      return fmt::format("{} gave a rank other bytes, on equal inputs of all ranks",
                         quoted(group.first));
    case EventKind::kRngStream:
      return fmt::format("generator `{}` is in another state", group.first.op);
    case EventKind::kBatch:
      return fmt::format("`{}` delivered another batch", group.first.op);
    case EventKind::kMetric:
      return fmt::format("metric `{}` differs", group.first.op);
    case EventKind::kOutput:
      if (group.first.key.starts_with(kSaveKey)) {
        return fmt::format("output `{}` differed already before it was written over (write {})",
                           group.first.op, group.first.key.substr(std::strlen(kSaveKey)));
      }
      return fmt::format("output `{}` differs from chunk {} (64 KiB each) on", group.first.op,
                         group.first.key);
  }
  return {};
}

std::string differing_outputs(const OriginGroup& group) {
  std::string names;
  for (uint32_t index : group.outputs) {
    if (index >= group.signature.outputs.size()) continue;
    if (group.signature.outputs[index].name.empty()) continue;
    if (!names.empty()) names += ", ";
    names += "`" + group.signature.outputs[index].name + "`";
  }
  return names;
}

// What the model was doing; empty where nobody knows.
std::string phase_sentence(instrument::Phase phase, Mode mode) {
  const bool trained = mode == Mode::kTraining;
  switch (phase) {
    case instrument::Phase::kUnknown:
      return {};
    case instrument::Phase::kTraining:
      // Gradients that nobody asked for are kept by a model that is only used.
      return trained ? "happened in training" : "happened in inference, in training mode";
    case instrument::Phase::kEvaluation:
      return trained ? "happened in evaluation" : "happened in inference";
    case instrument::Phase::kGradientsOff:
      return trained ? "happened with gradients off, in training mode"
                     : "happened in inference, in training mode with gradients off";
  }
  return {};
}

// Where to mend it: what a rule knows to be the source, else where it showed, else who wrote it.
std::optional<reports::SourceLocation> location_of(const Finding& finding) {
  const rules::Conclusion& said = finding.conclusion;
  const auto& first = finding.group.first;
  reports::SourceLocation location;
  if (!said.file.empty()) {
    location.file = said.file;
    location.line = said.line;
  } else if (!first.file.empty()) {
    location.file = first.file;
    location.line = first.line;
  } else {
    location.file = finding.written_in;
    location.line = finding.written_on_line;
  }
  if (location.file.empty()) return std::nullopt;
  // Kept with the audit: the file may change before the report is read.
  location.text = reports::read_source_line(location);
  return location;
}

}  // namespace

reports::ReportFinding make_finding(const Finding& finding, Mode mode) {
  const OriginGroup& group = finding.group;
  reports::ReportFinding result;
  result.code = finding.conclusion.code;
  result.severity = finding.set_aside ? reports::Severity::kNote : reports::Severity::kError;
  result.message = headline(group);
  result.cause = cause_name(finding.conclusion.cause);
  result.proof = proof_name(finding.conclusion.proof);
  result.kind = instrument::event_kind_name(group.first.kind);
  const KernelName name = kernel_name(group.first.op);
  result.op = name.base;
  if (name.full != name.base || finding.evidence.code) result.kernel = name.full;
  result.key = group.first.key;
  result.lane = group.first.lane;
  result.origin = !group.replayed_only;
  result.step = group.first.step;
  result.event = group.first.order;
  result.occurrences = group.occurrences;
  result.location = location_of(finding);
  if (result.location && !group.first.file.empty() &&
      (result.location->file != group.first.file || result.location->line != group.first.line)) {
    result.evidence.push_back(fmt::format("showed at {}:{}", group.first.file, group.first.line));
  }
  if (std::string phase = phase_sentence(group.first.phase, mode); !phase.empty())
    result.evidence.push_back(std::move(phase));
  if (group.occurrences > 1) {
    result.evidence.push_back(
        fmt::format("{} events of this operation were origins", group.occurrences));
  }
  result.evidence.insert(result.evidence.end(), finding.search.begin(), finding.search.end());
  result.evidence.insert(result.evidence.end(), finding.written_by.begin(),
                         finding.written_by.end());
  if (const std::string names = differing_outputs(group);
      !names.empty() && group.first.kind == EventKind::kOperation) {
    result.evidence.push_back("differs in " + names);
  }
  if (finding.evidence.magnitude && finding.evidence.magnitude->differing > 0) {
    const kernels::Magnitude& m = *finding.evidence.magnitude;
    result.magnitude = reports::ReportMagnitude{m.elements, m.differing, m.max_ulp, m.max_abs};
  }
  result.evidence.insert(result.evidence.end(), finding.conclusion.evidence.begin(),
                         finding.conclusion.evidence.end());
  result.fix.summary = finding.conclusion.fix;
  return result;
}

}  // namespace detaudit::auditor
