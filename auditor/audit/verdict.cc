#include "auditor/audit/verdict.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <fmt/format.h>
#include <map>

#include "auditor/audit/metrics.h"
#include "auditor/launch/signal_name.h"

namespace detaudit::auditor {
namespace {

bool any_operation(const Observation& observation) {
  return std::any_of(observation.runs.begin(), observation.runs.end(),
                     [](const ObservedRun& run) { return run.facts.any_operation; });
}

bool ends_differ(const Observation& observation) {
  const RunResult& first = observation.runs.front().result;
  return std::any_of(observation.runs.begin(), observation.runs.end(), [&](const ObservedRun& run) {
    return run.result.end != first.end || run.result.exit_code != first.exit_code ||
           run.result.signal != first.signal;
  });
}

// A run that timed out may have been slow, not different: flipping needs ends of the subject's own.
bool flipping_exits(const Observation& observation) {
  return ends_differ(observation) &&
         std::none_of(observation.runs.begin(), observation.runs.end(), [](const ObservedRun& run) {
           return run.result.end == RunEnd::kTimedOut || run.result.end == RunEnd::kInterrupted;
         });
}

// What keeps the audit from being certain that nothing diverged.
std::vector<std::string> doubts(const Plan& plan, const Observation& observation,
                                const Manifest& manifest) {
  std::vector<std::string> result;
  for (size_t i = 0; i < observation.runs.size(); ++i) {
    const ObservedRun& run = observation.runs[i];
    if (run.failed()) result.push_back(fmt::format("run {}: {}", i + 1, describe_end(run.result)));
    if (!run.traced) {
      result.push_back(fmt::format(
          "run {}: nothing was seen inside the process (is it statically linked, or does it clear "
          "its environment?); files that it wrote could not be judged", i + 1));
    } else if (run.facts.lossy) {
      result.push_back(fmt::format("run {}: its trace is lossy: {}", i + 1, run.facts.lossy_reason));
    } else if (!run.facts.finished && !run.failed()) {
      result.push_back(fmt::format("run {}: its trace was not finished", i + 1));
    }
    for (const std::string& path : run.outputs.unseen) {
      result.push_back(fmt::format("run {}: output `{}` could not be read", i + 1, path));
    }
  }
  if (plan.goal == Goal::kDocumented) {
    for (const std::string& fact : missing_facts(manifest)) {
      result.push_back("the environment manifest lacks `" + fact + "`");
    }
  }
  return result;
}

unsigned differing_runs(const Observation& observation) {
  std::map<std::string, unsigned> results;
  for (const ObservedRun& run : observation.runs) {
    ++results[kernels::to_hex(run.facts.digest) + describe_end(run.result)];
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
}

void list_unseen(const Observation& observation, Judgement& judgement) {
  judgement.unseen.push_back("operations that the subject does not record");
  judgement.unseen.push_back("what goes to sockets, pipes and devices other than stdout");
  for (const ObservedRun& run : observation.runs) {
    for (const std::string& name : run.outputs.ignored) {
      const std::string line = "output `" + name + "`, ignored as asked";
      if (std::find(judgement.unseen.begin(), judgement.unseen.end(), line) ==
          judgement.unseen.end()) {
        judgement.unseen.push_back(line);
      }
    }
  }
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

std::string describe_end(const RunResult& result) {
  switch (result.end) {
    case RunEnd::kExited: return fmt::format("exit code {}", result.exit_code);
    case RunEnd::kSignalled: return signal_name(result.signal);
    case RunEnd::kTimedOut: return "timed out";
    case RunEnd::kInterrupted: return "interrupted";
    case RunEnd::kStopped: return "stopped";
  }
  return "?";
}

Judgement judge(const Plan& plan, const Observation& observation, const Manifest& manifest) {
  Judgement judgement;
  judgement.comparisons = static_cast<unsigned>(observation.runs.size()) - 1;
  judgement.upper_95 = upper_bound_95(differing_runs(observation), judgement.comparisons);
  list_unseen(observation, judgement);
  const auto doubt = doubts(plan, observation, manifest);
  const bool proven = std::any_of(observation.findings.begin(), observation.findings.end(),
                                  [](const Finding& finding) {
                                    return finding.proven_divergence && !finding.set_aside;
                                  });
  for (const Finding& finding : observation.findings) {
    if (finding.set_aside) {
      judgement.reasons.push_back("output `" + finding.group.first.op +
                                  "` is set aside: it differs by the clock alone");
    }
  }
  const MetricsJudgement metrics = judge_metrics(plan, observation);
  if (flipping_exits(observation)) {
    judgement.verdict = Verdict::kDivergent;
    judgement.reasons.push_back("runs of one subject ended differently");
  } else if (plan.goal == Goal::kMetrics && metrics.outside) {
    judgement.verdict = Verdict::kDivergent;
  } else if (proven && plan.goal != Goal::kMetrics) {
    judgement.verdict = Verdict::kDivergent;
  } else if (!doubt.empty() || !metrics.missing.empty()) {
    judgement.verdict = Verdict::kInconclusive;
  } else if (proven) {
    judgement.verdict = Verdict::kWithinTolerance;
  } else {
    judgement.verdict = Verdict::kReproducible;
    state_claim(plan, observation, judgement);
  }
  judgement.reasons.insert(judgement.reasons.end(), metrics.lines.begin(), metrics.lines.end());
  judgement.reasons.insert(judgement.reasons.end(), doubt.begin(), doubt.end());
  return judgement;
}

}  // namespace detaudit::auditor
