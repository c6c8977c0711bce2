#include "auditor/audit/gpu_search.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>

#include "auditor/audit/kernel_name.h"
#include "auditor/audit/verdict.h"
#include "auditor/launch/workplace.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

// "gpu0.default" of "p0:gpu0.default".
std::string_view local_lane(const OriginGroup& group) {
  const std::string_view lane = group.first.lane;
  const size_t colon = lane.rfind(':');
  return colon == std::string_view::npos ? lane : lane.substr(colon + 1);
}

bool swept_in_one_run(const OriginGroup& group) {
  return group.shape == DivergenceShape::kOnlyInOneRun && swept_window(group);
}

// ", in order 0123456789abcdef", ", by thread /t0"; nothing: by the process's first alone.
std::string_view given_by(const OriginGroup& group) {
  const std::string_view key = group.first.key;
  for (const char* said : {", in order ", ", by thread "})
    if (const size_t at = key.rfind(said); at != std::string_view::npos) return key.substr(at);
  return {};
}

const OriginGroup* first_on_gpu(const Comparison& comparison) {
  const auto found = std::find_if(
      comparison.groups.begin(), comparison.groups.end(),
      [&](const OriginGroup& group) {
        return on_gpu(group) && !swept_in_other_order(group, comparison);
      });
  return found == comparison.groups.end() ? nullptr : &*found;
}

// The runs of a search, two at first under each sight, then one more a pair.
class Pairs {
 public:
  static constexpr double kMostSeconds = 60, kMostRuns = 24;

  Pairs(const Plan& plan, const Observation& observation, size_t parted, const ArmOutlet& outlet)
      : plan_(plan), observation_(observation), outlet_(outlet), number_(parted) {
    for (const ObservedRun& run : observation.runs) {
      longest_seconds_ = std::max(longest_seconds_, run.result.wall_seconds);
    }
  }

  PairOutcome look(const GpuSight& sight) {
    if (!reference_ || sight.window != plan_.gpu.window) {
      plan_.gpu = sight;
      reference_ = run(0);
      tried_ = 0;
    }
    const auto second = reference_ ? run(number_ + tried_++) : std::nullopt;
    if (!second) return {PairOutcome::Kind::kSpent, {}, failure_};
    last_ = compare_runs(*reference_, *second, {});
    std::error_code ignored;
    fs::remove_all(*second, ignored);
    return outcome_of(last_, sight);
  }

  const Comparison& last() const { return last_; }

 private:
  // A run under the conditions of the audit's run of that number.
  std::optional<fs::path> run(size_t number) {
    constexpr double kPatience = 10, kPatienceSeconds = 20;
    const double usual = std::max(kMostSeconds, kMostRuns * longest_seconds_);
    if (seconds_ >= plan_.budget_seconds.value_or(usual)) {
      failure_ = "the time for it was spent";
      return std::nullopt;
    }
    RunOptions options;
    options.directory = outlet_.directory / fmt::format("gpu-{:03}", runs_++);
    options.timeout_seconds =
        plan_.timeout_seconds.value_or(kPatience * longest_seconds_ + kPatienceSeconds);
    options.tick = outlet_.tick;
    outlet_.narrate(fmt::format("looking closer at {} of the GPU", window_name(*plan_.gpu.window)));
    const Conditions conditions = run_conditions(plan_, static_cast<unsigned>(number));
    const RunResult result =
        run_subject(outlet_.workplace->prepare(conditions.folder), conditions, options);
    seconds_ += result.wall_seconds;
    if (result.end == RunEnd::kInterrupted) throw Interrupted{};
    failure_ = failure_of(result);
    if (!failure_.empty()) return std::nullopt;
    return result.directory;
  }

  std::string failure_of(const RunResult& result) const {
    const bool as_before = std::any_of(
        observation_.runs.begin(), observation_.runs.end(), [&](const ObservedRun& run) {
          return run.result.end == result.end && run.result.exit_code == result.exit_code;
        });
    if (result.end != RunEnd::kExited || !as_before)
      return "a run of it ended otherwise: " + describe_end(result);
    const RunFacts facts = read_run(result.directory);
    if (facts.lossy) return "the trace of a run of it is lossy: " + facts.lossy_reason;
    return facts.finished ? "" : "the trace of a run of it was not finished";
  }

  Plan plan_;
  const Observation& observation_;
  const ArmOutlet& outlet_;
  size_t number_;
  unsigned tried_ = 0, runs_ = 0;
  double seconds_ = 0, longest_seconds_ = 0;
  std::optional<fs::path> reference_;
  Comparison last_;
  std::string failure_;
};

// What the last round named, where the audit's own runs showed it: at the sweep.
std::vector<OriginGroup> named_groups(const Comparison& comparison, const GpuSight& sight,
                                      const EventPlace& sweep) {
  std::vector<OriginGroup> named;
  for (const OriginGroup& group : comparison.groups) {
    if (!on_gpu(group) || swept_in_other_order(group, comparison)) continue;
    const auto window = swept_window(group);
    // A sweep says more than the launches before it only where it is the first to part.
    if (window && (!named.empty() || !sight.window->holds(*window))) continue;
    named.push_back(group);
    named.back().first.step = sweep.step;
    named.back().first.order = sweep.order;
    if (window) break;
  }
  return named;
}

const char* why_not_named(Bisection::End end) {
  switch (end) {
    case Bisection::End::kNamed:
      break;
    case Bisection::End::kAgreed:
      return "looked at closer it parted no more: it comes and goes by chance, or digests change "
             "the "
             "timing that decides it. No launch could be named";
    case Bisection::End::kWandered:
      return "new pairs of runs part in ever other windows: it comes and goes by chance. No launch "
             "could be named";
    case Bisection::End::kSpent:
      return "the search ended before a launch could be named";
  }
  return "";
}

}  // namespace

bool on_gpu(const OriginGroup& group) {
  const std::string_view lane = local_lane(group);
  return group.first.kind == instrument::EventKind::kOperation && lane.size() > 3 &&
         lane.starts_with("gpu") && lane[3] >= '0' && lane[3] <= '9';
}

std::optional<LaunchWindow> swept_window(const OriginGroup& group) {
  if (!on_gpu(group) || group.first.op != "sweep" ||
      local_lane(group).find('.') != std::string_view::npos) {
    return std::nullopt;
  }
  unsigned long long first = 0, last = 0;
  const char* key = group.first.key.c_str();
  if (std::sscanf(key, "launch %llu", &first) == 1)
    last = first;
  else if (std::sscanf(key, "launches %llu to %llu", &first, &last) != 2)
    return std::nullopt;
  if (first == 0 || last < first) return std::nullopt;
  return LaunchWindow{first - 1, last};
}

// A thread that was alone up to a sweep leaves that without a counterpart where another had come.
bool swept_in_other_order(const OriginGroup& group, const Comparison& comparison) {
  return swept_in_one_run(group) &&
         std::any_of(comparison.groups.begin(), comparison.groups.end(),
                     [&](const OriginGroup& other) {
                       return swept_in_one_run(other) &&
                              (given_by(other).starts_with(", in order ") ||
                               given_by(other) != given_by(group));
                     });
}

bool any_swept_in_other_order(const Observation& observation) {
  return std::any_of(observation.comparisons.begin(), observation.comparisons.end(),
                     [](const Comparison& comparison) {
                       return std::any_of(comparison.groups.begin(), comparison.groups.end(),
                                          [&](const OriginGroup& group) {
                                            return swept_in_other_order(group, comparison);
                                          });
                     });
}

PairOutcome outcome_of(const Comparison& comparison, const GpuSight& sight) {
  const OriginGroup* first = first_on_gpu(comparison);
  if (!first) return {PairOutcome::Kind::kAgreed, {}, ""};
  const auto window = swept_window(*first);
  if (!window)
    return {PairOutcome::Kind::kNamed, {}, fmt::format("`{}`", kernel_name(first->first.op).base)};
  const bool closest = sight.narrow_every == 1 && sight.window && window->size() == 1 &&
                       sight.window->holds(*window);
  if (!closest) return {PairOutcome::Kind::kParted, *window, ""};
  return {PairOutcome::Kind::kNamed, *window,
          window_name(*window) + ", in memory it was not given"};
}

std::optional<GpuSearch> search_gpu(const Plan& plan, const Observation& observation,
                                    const ArmOutlet& outlet) {
  if (plan.scope == Scope::kDevice) return std::nullopt;
  for (size_t i = 0; i < observation.comparisons.size(); ++i) {
    const OriginGroup* first = first_on_gpu(observation.comparisons[i]);
    const auto window = first ? swept_window(*first) : std::nullopt;
    if (!window) continue;
    GpuSearch search;
    search.sweep = *first;
    Pairs pairs(plan, observation, i + 1, outlet);
    search.bisection =
        bisect(plan.gpu, *window, [&](const GpuSight& sight) { return pairs.look(sight); });
    if (search.bisection.end == Bisection::End::kNamed)
      search.named = named_groups(pairs.last(), search.bisection.sight, search.sweep.first);
    return search;
  }
  return std::nullopt;
}

std::vector<std::string> how_found(const OriginGroup& group, const Observation& observation) {
  if (!on_gpu(group)) return {};
  const auto& search = observation.gpu_search;
  const bool by_search =
      search && (swept_window(group) ||
                 std::any_of(search->named.begin(), search->named.end(), [&](const OriginGroup& g) {
                   return g.first.op == group.first.op && g.shape == group.shape;
                 }));
  if (!by_search) {
    if (!swept_window(group)) return {};
    return {"an earlier event on the GPU parted: these launches were not looked at closer"};
  }
  const Bisection& bisection = search->bisection;
  std::vector<std::string> lines = {fmt::format(
      "found between two sweeps, then by {} new pair{} of runs; windows that parted: {}",
      bisection.pairs, bisection.pairs == 1 ? "" : "s", windows_name(bisection.windows))};
  if (bisection.end != Bisection::End::kNamed) lines.push_back(why_not_named(bisection.end));
  if (search->sweep.occurrences > 1)
    lines.push_back(
        fmt::format("memory parted anew in {} windows of the audit's own runs; the "
                    "first was looked at",
                    search->sweep.occurrences));
  return lines;
}

std::string describe_search(const Observation& observation) {
  const auto& search = observation.gpu_search;
  if (!search) return "";
  const Bisection& bisection = search->bisection;
  return fmt::format("gpu: {} new pairs of runs looked closer; windows that parted: {}",
                     bisection.pairs, windows_name(bisection.windows)) +
         (bisection.end == Bisection::End::kNamed
              ? ""
              : fmt::format("; {}", why_not_named(bisection.end)));
}

}  // namespace detaudit::auditor
