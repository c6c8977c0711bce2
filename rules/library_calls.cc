#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "instrument/trace/library_fact.h"
#include "rules/rule.h"

namespace detaudit::rules {
namespace {

bool is_open(const std::string& call) {
  return call.find(instrument::kNotReproducible) != std::string::npos;
}

const std::string* open_call(const OriginEvidence& evidence) {
  const auto found =
      std::find_if(evidence.launched_in.begin(), evidence.launched_in.end(), is_open);
  return found == evidence.launched_in.end() ? nullptr : &*found;
}

std::string choice_line(const LibraryChoice& choice) {
  if (choice.here == choice.there)
    return fmt::format("in both runs, at other times: {}", fmt::join(choice.here, "; "));
  return fmt::format("in one run: {}; in another: {}", fmt::join(choice.here, "; "),
                     fmt::join(choice.there, "; "));
}

Conclusion selection() {
  Conclusion conclusion;
  conclusion.cause = Cause::kLibrarySelection;
  conclusion.code = "DET117";
  conclusion.fix =
      "pin what the library may choose: no benchmarking (torch.backends.cudnn.benchmark = False, "
      "deterministic = True), one algorithm given by number, a workspace of fixed size "
      "(CUBLAS_WORKSPACE_CONFIG=:4096:8)";
  return conclusion;
}

// A generator was given another state: the call that gave it was seen.
Conclusion seeded_otherwise(const OriginEvidence& evidence) {
  Conclusion conclusion;
  conclusion.cause = Cause::kUnseededRng;
  conclusion.proof = Proof::kRecorded;
  conclusion.code = "DET102";
  for (const auto& read : evidence.entropy_reads) conclusion.evidence.push_back(describe(read));
  for (const auto& read : evidence.clock_reads) conclusion.evidence.push_back(describe(read));
  conclusion.fix = "seed this generator from the run's one seed";
  return conclusion;
}

}  // namespace

// The origin is a choice that a library call made, or a value that it was given.
std::optional<Conclusion> library_choice(const OriginEvidence& evidence) {
  if (!evidence.choice || evidence.shape != OriginShape::kOutputsDiffer) return std::nullopt;
  if (evidence.kind == instrument::EventKind::kRngStream) return seeded_otherwise(evidence);
  Conclusion conclusion = selection();
  // What it was asked must be known to be the same.
  const bool same_problem = evidence.inputs > 0;
  conclusion.proof = same_problem ? Proof::kRecorded : Proof::kInferred;
  conclusion.evidence.push_back(
      same_problem ? "the library was asked the same in both runs and chose otherwise"
                   : "what the library was asked is not known to be the same");
  return conclusion;
}

// A kernel of a library that has no say in its bits, or that another call to it would not have run.
std::optional<Conclusion> library_kernel(const OriginEvidence& evidence) {
  if (evidence.kind != instrument::EventKind::kOperation) return std::nullopt;
  const bool replaced =
      evidence.shape == OriginShape::kOnlyInOneRun && !evidence.launched_instead.empty();
  const bool open = evidence.shape == OriginShape::kOutputsDiffer && open_call(evidence);
  if (!replaced && !open) return std::nullopt;
  Conclusion conclusion = selection();
  if (std::string fix = library_fix(evidence); !fix.empty()) conclusion.fix = fix;
  return conclusion;
}

std::string library_fix(const OriginEvidence& evidence) {
  const std::string* call = open_call(evidence);
  if (!call) return {};
  return fmt::format(
      "give `{}` what its library calls deterministic: another algorithm (cuDNN's "
      "BWD_FILTER_ALGO_1, "
      "BWD_DATA_ALGO_1), CUBLAS_ATOMICS_NOT_ALLOWED",
      *call);
}

std::vector<std::string> describe_library(const OriginEvidence& evidence) {
  std::vector<std::string> lines;
  if (evidence.choice) lines.push_back(choice_line(*evidence.choice));
  for (const std::string& call : evidence.launched_in)
    lines.push_back(fmt::format("launched in the library call {}", call));
  if (!evidence.launched_instead.empty())
    lines.push_back(fmt::format("where it did not run, the same call launched: {}",
                                fmt::join(evidence.launched_instead, ", ")));
  if (evidence.launched_in.empty()) return lines;
  for (const std::string& setting : evidence.library_settings) lines.push_back(setting);
  return lines;
}

}  // namespace detaudit::rules
