#include "auditor/experiments/bisection.h"

#include <fmt/format.h>

namespace detaudit::auditor {
namespace {

// One round: one sight, and the pairs that were run under it.
class Search {
 public:
  Search(const GpuSight& coarse, const LaunchWindow& first) : coarse_(coarse) {
    coarse_.detail = GpuDetail::kCoarse;
    move_to(first);
  }

  bool over() const { return over_; }
  const GpuSight& sight() const { return result_.sight; }

  void take(const PairOutcome& outcome) {
    if (outcome.kind != PairOutcome::Kind::kSpent) ++result_.pairs;
    switch (outcome.kind) {
      case PairOutcome::Kind::kAgreed:
        if (++agreed_ < kTries && result_.pairs < kMostPairs) return;
        close(fmt::format("{} pairs agreed", agreed_));
        return end(Bisection::End::kAgreed);
      case PairOutcome::Kind::kNamed:
        close(fmt::format("parted at {}", outcome.what) + after_agreed());
        return end(Bisection::End::kNamed);
      case PairOutcome::Kind::kSpent:
        close(outcome.what + after_agreed());
        return end(Bisection::End::kSpent);
      case PairOutcome::Kind::kParted:
        return parted(outcome.window);
    }
  }

  Bisection finish() { return std::move(result_); }

 private:
  void parted(const LaunchWindow& window) {
    const LaunchWindow& looked_at = *result_.sight.window;
    const bool inside = looked_at.holds(window) && window.size() < looked_at.size();
    close(fmt::format("parted in {}{}", window_name(window), inside ? "" : ", another window") +
          after_agreed());
    if (!inside && ++hops_ > kMostHops) {
      result_.windows.push_back(window);
      return end(Bisection::End::kWandered);
    }
    move_to(window);
    if (result_.pairs >= kMostPairs) end(Bisection::End::kSpent);
  }

  void move_to(const LaunchWindow& window) {
    result_.windows.push_back(window);
    result_.sight = coarse_;
    result_.sight.window = window;
    result_.sight.narrow_every =
        window.size() <= kFineWindow ? 1 : (window.size() + kNarrowings - 1) / kNarrowings;
    agreed_ = 0;
  }

  void close(const std::string& outcome) {
    const GpuSight& sight = result_.sight;
    const std::string how = sight.narrow_every == 1
                                ? "each launch digested"
                                : fmt::format("sweeps every {} launches", sight.narrow_every);
    result_.rounds.push_back(
        fmt::format("gpu: {} in {}: {}", how, window_name(*sight.window), outcome));
  }

  std::string after_agreed() const {
    return agreed_ == 0
               ? ""
               : fmt::format(", after {} pair{} that agreed", agreed_, agreed_ == 1 ? "" : "s");
  }

  void end(Bisection::End how) {
    result_.end = how;
    over_ = true;
  }

  GpuSight coarse_;
  Bisection result_;
  unsigned agreed_ = 0, hops_ = 0;
  bool over_ = false;
};

std::string range(const LaunchWindow& window) {
  return window.size() == 1 ? fmt::format("{}", window.to)
                            : fmt::format("{} to {}", window.from + 1, window.to);
}

}  // namespace

Bisection bisect(const GpuSight& coarse, const LaunchWindow& first,
                 const std::function<PairOutcome(const GpuSight&)>& look) {
  Search search(coarse, first);
  while (!search.over()) search.take(look(search.sight()));
  return search.finish();
}

std::string window_name(const LaunchWindow& window) {
  return (window.size() == 1 ? "launch " : "launches ") + range(window);
}

std::string windows_name(const std::vector<LaunchWindow>& windows) {
  std::string names;
  for (const LaunchWindow& window : windows) {
    names += names.empty() ? window_name(window) : ", " + range(window);
  }
  return names;
}

}  // namespace detaudit::auditor
