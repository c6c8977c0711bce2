#include <fmt/format.h>

#include "auditor/audit/report_model.h"

namespace detaudit::auditor {
namespace {

using instrument::EventKind;

std::string quoted(const EventPlace& place) {
  return place.key.empty() ? fmt::format("`{}`", place.op)
                           : fmt::format("`{}` ({})", place.op, place.key);
}

std::string headline(const OriginGroup& group) {
  if (group.shape == DivergenceShape::kOnlyInOneRun) {
    return fmt::format("{} ran only in the {} run", quoted(group.first),
                       group.only_in_first ? "first" : "other");
  }
  if (group.shape == DivergenceShape::kEnteredUnseen) {
    return fmt::format("the inputs of {} parted before it ran, unseen", quoted(group.first));
  }
  switch (group.first.kind) {
    case EventKind::kOperation:
      return fmt::format("{} wrote different bytes on equal inputs", quoted(group.first));
    case EventKind::kRngStream:
      return fmt::format("generator `{}` is in another state under the same seed", group.first.op);
    case EventKind::kBatch:
      return fmt::format("`{}` delivered another batch", group.first.op);
    case EventKind::kMetric:
      return fmt::format("metric `{}` differs", group.first.op);
    case EventKind::kOutput:
      return fmt::format("output `{}` differs from chunk {} (64 KiB each) on", group.first.op,
                         group.first.key);
  }
  return {};
}

std::string differing_outputs(const OriginGroup& group) {
  std::string names;
  for (uint32_t index : group.outputs) {
    if (index >= group.signature.outputs.size()) continue;
    if (!names.empty()) names += ", ";
    names += "`" + group.signature.outputs[index].name + "`";
  }
  return names;
}

}  // namespace

reports::ReportFinding make_finding(const Finding& finding) {
  const OriginGroup& group = finding.group;
  reports::ReportFinding result;
  result.code = finding.conclusion.code;
  result.severity = finding.set_aside ? reports::Severity::kNote : reports::Severity::kError;
  result.message = headline(group);
  result.cause = cause_name(finding.set_aside ? rules::Cause::kTimeDependence
                                              : finding.conclusion.cause);
  result.proof = proof_name(finding.set_aside ? rules::Proof::kCounterfactual
                                              : finding.conclusion.proof);
  result.kind = instrument::event_kind_name(group.first.kind);
  result.op = group.first.op;
  result.key = group.first.key;
  result.lane = group.first.lane;
  result.step = group.first.step;
  result.event = group.first.order;
  result.occurrences = group.occurrences;
  if (!group.first.file.empty()) {
    reports::SourceLocation location;
    location.file = group.first.file;
    location.line = group.first.line;
    // Kept with the audit: the file may change before the report is read.
    location.text = reports::read_source_line(location);
    result.location = std::move(location);
  }
  if (group.occurrences > 1) {
    result.evidence.push_back(fmt::format("{} events of this operation were origins",
                                          group.occurrences));
  }
  if (const std::string names = differing_outputs(group);
      !names.empty() && group.first.kind == EventKind::kOperation) {
    result.evidence.push_back("differs in " + names);
  }
  if (finding.evidence.magnitude && finding.evidence.magnitude->differing > 0) {
    const kernels::Magnitude& m = *finding.evidence.magnitude;
    result.magnitude = reports::ReportMagnitude{m.elements, m.differing, m.max_ulp, m.max_abs};
  }
  if (finding.set_aside) {
    result.evidence.push_back("under a pinned clock two runs put out equal bytes");
  } else {
    result.evidence.insert(result.evidence.end(), finding.conclusion.evidence.begin(),
                           finding.conclusion.evidence.end());
  }
  result.fix.summary = finding.set_aside ? "keep the time out of this output, or ignore it with "
                                           "--ignore-output"
                                         : finding.conclusion.fix;
  return result;
}

}  // namespace detaudit::auditor
