#include "auditor/audit/verdict.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <set>

#include "auditor/audit/clock_trial.h"
#include "auditor/audit/earlier_files.h"
#include "auditor/audit/findings.h"
#include "auditor/audit/adapter_coverage.h"
#include "auditor/audit/gpu_coverage.h"
#include "auditor/audit/gpu_search.h"
#include "auditor/audit/ignored_outputs.h"
#include "auditor/audit/metrics.h"
#include "auditor/audit/run_ends.h"

namespace detaudit::auditor {
namespace {

bool any_operation(const Observation& observation) {
  return std::any_of(observation.runs.begin(), observation.runs.end(),
                     [](const ObservedRun& run) { return run.facts.any_operation; });
}

std::string joined(const std::vector<std::string>& parts) {
  std::string line;
  for (const std::string& part : parts) line += (line.empty() ? "`" : ", `") + part + "`";
  return line;
}

// Programs that ran where no probe saw them: "`/bin/busybox` (statically linked)". Of kind
// kUnseenProcess, or kWatchedProcess.
std::set<std::string> programs_without_probe(const Observation& observation,
                                             instrument::SourceKind kind) {
  std::set<std::string> programs;
  for (const ObservedRun& run : observation.runs) {
    for (const auto& source : run.facts.sources) {
      if (source.kind != kind) continue;
      programs.insert(fmt::format("`{}` ({})", source.site, source.function));
    }
  }
  return programs;
}

std::set<std::string> unseen_programs(const Observation& observation) {
  return programs_without_probe(observation, instrument::SourceKind::kUnseenProcess);
}

std::set<std::string> watched_programs(const Observation& observation) {
  return programs_without_probe(observation, instrument::SourceKind::kWatchedProcess);
}

void add_doubts_of(const Plan& plan, const ObservedRun& run, size_t number,
                   std::vector<std::string>& doubts) {
  auto doubt = [&](const std::string& what) {
    doubts.push_back(fmt::format("run {}: {}", number, what));
  };
  if (run.failed()) doubt(describe_failure(run));
  if (!run.result.unprobed.empty()) doubt("the libc probe was not loaded: " + run.result.unprobed);
  if (!run.traced) {
    doubt("nothing was seen inside the process (is it statically linked, or does it clear its "
          "environment?)");
  } else if (run.facts.lossy) {
    doubt("its trace is lossy: " + run.facts.lossy_reason);
  } else if (!run.facts.finished && !run.failed()) {
    doubt("its trace was not finished");
  }
  const GpuCoverage gpu = gpu_coverage(plan.gpu, run.facts);
  if (gpu.blind) doubt("the GPU could not be observed: " + *gpu.blind);
  if (gpu.unswept) doubt(*gpu.unswept);
  if (!run.result.left_running.empty()) {
    doubt("it left processes running, and what they write is not judged: " +
          joined(run.result.left_running));
  }
  for (const std::string& why : run.result.outside.unseen) {
    doubt("not all that programs without a probe did to files was seen: " + why);
  }
  for (const std::string& path : run.outputs.unseen) {
    doubt("output `" + path + "` could not be read");
  }
  for (const std::string& path : run.outputs.lost) {
    doubt("output `" + path + "` was written and is gone, and where it went was not seen");
  }
}

bool nothing_judged(const Observation& observation) {
  return std::all_of(observation.runs.begin(), observation.runs.end(),
                     [](const ObservedRun& run) {
                       return run.facts.events == 0 && run.outputs.judged == 0;
                     });
}

uint64_t cut_off_events(const Observation& observation) {
  uint64_t events = 0;
  for (size_t i = 0; i < observation.comparisons.size(); ++i) {
    for (const OriginGroup& group : observation.comparisons[i].groups) {
      if (cut_off(group, observation, i)) events += group.occurrences;
    }
  }
  return events;
}

// What keeps the audit from being certain that nothing diverged.
std::vector<std::string> doubts(const Plan& plan, const Observation& observation,
                                const Manifest& manifest) {
  std::vector<std::string> result;
  for (size_t i = 0; i < observation.runs.size(); ++i) {
    add_doubts_of(plan, observation.runs[i], i + 1, result);
  }
  // It may have taken from there what it would have computed.
  for (const std::string& line : describe_earlier_files(observation)) {
    result.push_back(line +
                     ": not every run started from the same files (--isolate has each run in a "
                     "fresh copy of the folder)");
  }
  if (any_swept_in_other_order(observation))
    result.push_back(
        "gpu: threads gave work in no fixed order, so sweeps of one run have no "
        "counterpart in another");
  if (!changed_over_alike(observation))
    result.push_back("gpu: sweeps took over at other launches in one run than in another");
  for (const Finding& finding : observation.findings) {
    if (!finding.only_our_variables) continue;
    result.push_back("output `" + finding.group.first.op +
                     "` differs in variables that the audit itself sets, and in nothing else");
  }
  // Their files are judged by their folders alone, and nobody watches every folder.
  for (const std::string& program : unseen_programs(observation)) {
    result.push_back("no probe saw what " + program + " wrote outside of the watched folders");
  }
  if (nothing_judged(observation)) {
    result.push_back("nothing was compared: no operation was recorded and no output judged");
  }
  if (observation.interrupted) {
    result.push_back(
        "interrupted: not all runs and control arms took place, so causes are not settled");
  }
  const uint64_t missing = cut_off_events(observation);
  if (missing > 0) {
    result.push_back(fmt::format(
        "{} event{} {} in one run only: the records of another end before", missing,
        missing == 1 ? "" : "s", missing == 1 ? "is" : "are"));
  }
  // A net under all that finds origins: what differs is in a finding, or is a doubt.
  const bool differ =
      std::any_of(observation.comparisons.begin(), observation.comparisons.end(),
                  [](const Comparison& comparison) { return !comparison.identical(); });
  if (differ && missing == 0 && observation.findings.empty()) {
    result.push_back("the runs differ in events that no finding accounts for");
  }
  if (plan.goal == Goal::kDocumented) {
    for (const std::string& fact : missing_facts(manifest)) {
      result.push_back("the environment manifest lacks `" + fact + "`");
    }
  }
  return result;
}

unsigned differing_runs(const Observation& observation) {
  std::set<std::string> set_aside;
  for (const Finding& finding : observation.findings) {
    if (finding.set_aside) set_aside.insert(finding.group.first.op);
  }
  std::map<std::string, unsigned> results;
  for (const ObservedRun& run : observation.runs) {
    kernels::Digest digest = run.facts.digest;
    for (const auto& [output, bytes] : run.outputs.digests) {
      if (!set_aside.contains(output)) digest = kernels::add(digest, bytes);
    }
    ++results[kernels::to_hex(digest) + describe_end(run.result)];
  }
  unsigned commonest = 0;
  for (const auto& [result, count] : results) commonest = std::max(commonest, count);
  return static_cast<unsigned>(observation.runs.size()) - commonest;
}

void state_claim(const Plan& plan, const Observation& observation, Judgement& judgement) {
  if (any_operation(observation)) {
    judgement.reasons.push_back(fmt::format(
        "{} events of {} runs agree, scope {}", observation.runs.front().facts.events,
        observation.runs.size(), scope_name(plan.scope)));
  } else {
    judgement.reasons.push_back(
        "no operations were recorded: the claim covers outputs only (stdout and files as they "
        "stand after a run)");
  }
  if (plan.expected_exit != 0) {
    judgement.reasons.push_back(
        fmt::format("every run ended with exit code {}, as expected", plan.expected_exit));
  }
}

// Replay compares single operations with themselves: of all else, one run says nothing.
std::string what_one_run_shows(const RunFacts& facts) {
  std::map<std::string, uint32_t> executions;
  uint64_t replayed = 0;
  for (size_t i = 0; i < facts.replays.size(); ++i) {
    const instrument::ReplayRecord& replay = facts.replays[i];
    if (replay.mode != instrument::ReplayMode::kFree || replay.executions < 2) continue;
    executions[facts.replay_ops[i]] += replay.executions;
    ++replayed;
  }
  if (executions.empty()) return "there was one run and nothing was replayed: nothing was compared";
  constexpr size_t kShown = 4;
  std::string ops;
  size_t shown = 0;
  for (const auto& [op, count] : executions) {
    if (shown++ == kShown) break;
    ops += fmt::format("{}`{}` {} times", ops.empty() ? "" : ", ", op, count);
  }
  if (executions.size() > kShown) {
    ops += fmt::format(" and {} more operations", executions.size() - kShown);
  }
  return fmt::format(
      "there was one run: outputs and {} of its events were not compared with anything; executed "
      "again on equal inputs, and equal: {}",
      facts.events - std::min(facts.events, replayed), ops);
}

bool reads_other_clock(const Observation& observation) {
  return std::any_of(observation.runs.begin(), observation.runs.end(), [](const ObservedRun& run) {
    return std::any_of(run.facts.sources.begin(), run.facts.sources.end(), [](const auto& source) {
      return source.kind == instrument::SourceKind::kClock && !is_realtime(source);
    });
  });
}

void add_unseen_calls(const RunFacts& facts, std::set<std::string>& lines) {
  for (const auto& source : facts.sources) {
    if (source.kind == instrument::SourceKind::kUnseenCall)
      lines.insert(fmt::format("calls of `{}`: {}", source.site, source.function));
  }
}

std::string why_unwatched(const Observation& observation) {
  for (const ObservedRun& run : observation.runs) {
    if (!run.result.outside.refused.empty())
      return ", not watched from outside either: " + run.result.outside.refused;
  }
  return "";
}

// What came from outside of the audit, and outputs that were gone before it could look.
void list_outside(const Observation& observation, std::set<std::string>& lines) {
  constexpr size_t kShown = 4;
  std::set<std::string> peers, removed;
  for (const ObservedRun& run : observation.runs) {
    for (const auto& source : run.facts.sources) {
      if (source.kind == instrument::SourceKind::kNetwork) {
        peers.insert(fmt::format("{} {}", source.function, source.site));
      }
    }
    removed.insert(run.outputs.removed.begin(), run.outputs.removed.end());
    if (run.outputs.more_saves) lines.insert("what files held that were written over very often");
  }
  const auto some = [&](const std::set<std::string>& all) {
    std::vector<std::string> shown(all.begin(), all.end());
    if (shown.size() > kShown) shown.resize(kShown);
    return joined(shown) + (all.size() > kShown ? fmt::format(" and {} more", all.size() - kShown) : "");
  };
  if (!peers.empty()) lines.insert("what came over the network: " + some(peers));
  if (!removed.empty()) {
    lines.insert("what files held that were written and removed again: " + some(removed));
  }
}

void list_unseen(const Plan& plan, const Observation& observation, Judgement& judgement) {
  judgement.unseen.push_back("operations that nothing records");
  judgement.unseen.push_back("what goes to sockets, pipes and devices other than stdout");
  std::set<std::string> lines(observation.folders_left_out.begin(),
                              observation.folders_left_out.end());
  if (!observation.folders_watched.empty()) {
    lines.insert("files that no probe saw written, outside of " +
                 joined(observation.folders_watched));
  }
  for (const std::string& program : unseen_programs(observation)) {
    lines.insert("processes of " + program + why_unwatched(observation));
  }
  for (const std::string& program : watched_programs(observation)) {
    lines.insert("what goes on in processes of " + program +
                 ", whose files alone were seen, from outside");
  }
  if (reads_other_clock(observation)) {
    lines.insert("what a clock other than the realtime one decides: the subject reads one, and none "
                 "was shifted");
  }
  for (const ObservedRun& run : observation.runs) add_unseen_calls(run.facts, lines);
  list_outside(observation, lines);
  const GpuCoverage gpu = gpu_coverage(plan.gpu, observation.runs.front().facts);
  if (gpu.blind) lines.insert("gpu: all of it: " + *gpu.blind);
  lines.insert(gpu.unseen.begin(), gpu.unseen.end());
  for (std::string& line : unseen_by_adapters(observation)) lines.insert(std::move(line));
  for (const ObservedRun& run : observation.runs) {
    for (const std::string& name : run.outputs.ignored) {
      lines.insert("output `" + name + "`, ignored as asked");
    }
    for (const std::string& name : run.outputs.foreign) {
      lines.insert("file `" + name + "`, which another program holds open");
    }
  }
  for (std::string& line : ignored_in_vain(plan, observation)) lines.insert(std::move(line));
  judgement.unseen.insert(judgement.unseen.end(), lines.begin(), lines.end());
}

// A file that differs and that only the comparison of folders saw: whose it is, is for the reader.
void name_what_folders_saw(const Observation& observation, Judgement& judgement) {
  std::set<std::string> seen;
  for (const ObservedRun& run : observation.runs) {
    seen.insert(run.outputs.by_folder.begin(), run.outputs.by_folder.end());
  }
  for (const Finding& finding : observation.findings) {
    if (finding.group.first.kind == instrument::EventKind::kOutput &&
        seen.contains(finding.group.first.op)) {
      judgement.reasons.push_back("output `" + finding.group.first.op +
                                  "` was seen by comparing its folder before and after each run, "
                                  "not by a probe");
    }
  }
}

// Origins beyond those that a comparison keeps.
void state_unlisted(const Observation& observation, Judgement& judgement) {
  const Comparison* fullest = nullptr;
  for (const Comparison& comparison : observation.comparisons) {
    if (!fullest || comparison.groups_left_out > fullest->groups_left_out) fullest = &comparison;
  }
  if (!fullest || fullest->groups_left_out == 0) return;
  judgement.reasons.push_back(fmt::format(
      "findings stop at the first {} of two runs: {} more, of {} events, were only counted",
      kMaximumGroups, fullest->groups_left_out, fullest->occurrences_left_out));
}

}  // namespace

const char* verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kReproducible: return "reproducible";
    case Verdict::kDivergent: return "divergent";
    case Verdict::kInconclusive: return "inconclusive";
    case Verdict::kWithinTolerance: return "within-tolerance";
  }
  return "?";
}

reports::ExitCode exit_code(Verdict verdict) {
  switch (verdict) {
    case Verdict::kReproducible:
    case Verdict::kWithinTolerance: return reports::ExitCode::kOk;
    case Verdict::kDivergent: return reports::ExitCode::kDivergent;
    case Verdict::kInconclusive: return reports::ExitCode::kInconclusive;
  }
  return reports::ExitCode::kInternal;
}

double upper_bound_95(unsigned hits, unsigned trials) {
  if (trials == 0 || hits >= trials) return 1;
  if (hits == 0) return 1 - std::pow(0.05, 1.0 / trials);
  return boost::math::binomial_distribution<>::find_upper_bound_on_p(trials, hits, 0.05);
}

std::string describe_failure(const ObservedRun& run) {
  std::string text = describe_end(run.result);
  if (run.result.end == RunEnd::kExited && run.expected_exit != 0) {
    text += fmt::format(", where {} was expected", run.expected_exit);
  }
  return text;
}

Judgement judge(const Plan& plan, const Observation& observation, const Manifest& manifest) {
  Judgement judgement;
  judgement.comparisons = static_cast<unsigned>(observation.runs.size()) - 1;
  judgement.upper_95 = upper_bound_95(differing_runs(observation), judgement.comparisons);
  list_unseen(plan, observation, judgement);
  const auto doubt = doubts(plan, observation, manifest);
  const bool proven = std::any_of(observation.findings.begin(), observation.findings.end(),
                                  [](const Finding& finding) {
                                    return finding.proven_divergence && !finding.set_aside;
                                  });
  for (const Finding& finding : observation.findings) {
    if (finding.set_aside) {
      judgement.reasons.push_back(fmt::format(
          "output `{}` is set aside: it differs by the clock alone (equal in {} runs under a pinned "
          "clock, different in {} others)",
          finding.group.first.op, kPinnedArms, kFreeArms));
    }
  }
  const MetricsJudgement metrics = judge_metrics(plan, observation);
  if (ends_differ(observation)) {
    judgement.verdict = Verdict::kDivergent;
    judgement.reasons.push_back("runs of one subject ended differently");
  } else if (plan.goal == Goal::kMetrics && metrics.outside) {
    judgement.verdict = Verdict::kDivergent;
  } else if (proven && plan.goal != Goal::kMetrics) {
    judgement.verdict = Verdict::kDivergent;
  } else if (!doubt.empty() || !metrics.missing.empty()) {
    judgement.verdict = Verdict::kInconclusive;
  } else if (observation.runs.size() < 2) {
    judgement.verdict = Verdict::kInconclusive;
    judgement.reasons.push_back(what_one_run_shows(observation.runs.front().facts));
  } else if (proven) {
    judgement.verdict = Verdict::kWithinTolerance;
  } else {
    judgement.verdict = Verdict::kReproducible;
    state_claim(plan, observation, judgement);
  }
  state_unlisted(observation, judgement);
  name_what_folders_saw(observation, judgement);
  judgement.reasons.insert(judgement.reasons.end(), metrics.lines.begin(), metrics.lines.end());
  judgement.reasons.insert(judgement.reasons.end(), doubt.begin(), doubt.end());
  return judgement;
}

}  // namespace detaudit::auditor
