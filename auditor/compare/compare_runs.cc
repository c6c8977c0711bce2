#include <algorithm>
#include <iterator>
#include <utility>

#include "auditor/compare/alignment.h"
#include "auditor/compare/comparison.h"
#include "auditor/compare/ledger.h"
#include "auditor/compare/moved_work.h"
#include "auditor/compare/trace_stream.h"

namespace detaudit::auditor {
namespace {

size_t lanes_in_both(const TraceStream& first, const TraceStream& second) {
  const auto ours = first.lanes(), theirs = second.lanes();
  std::vector<std::string> both;
  std::set_intersection(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                        std::back_inserter(both));
  return both.size();
}

constexpr int kMostLooks = 4;

enum class MovedSearch { kNone, kToTheEnd, kUntilSuspected };

struct Pass {
  bool complete = true;
  bool settled_too_early = false;
  Comparison comparison;
  MovedOps moved;  // all that moved, whatever was taken for moved; in an incomplete pass: suspects
};

using Settling = Alignment::Settling;

Pass pass(const std::filesystem::path& first, const std::filesystem::path& second,
          const CompareOptions& options, const MovedOps& moved, MovedSearch search,
          Settling settling, Frontiers& frontiers) {
  const StreamOptions streams{options.last_step, moved, !options.watch.empty()};
  TraceStream ours(first, streams);
  TraceStream theirs(second, streams);
  MovedWork moved_work;
  Ledger ledger(options, ours, theirs, frontiers,
                search == MovedSearch::kNone ? nullptr : &moved_work);
  Alignment alignment(ours, theirs, options, settling, ledger);
  Pass result;
  if (!alignment.run(search == MovedSearch::kUntilSuspected ? &moved_work : nullptr)) {
    result.complete = false;
    result.moved = alignment.suspects();
    result.settled_too_early = alignment.settled_too_early();
    return result;
  }
  alignment.settle();
  result.moved = search == MovedSearch::kNone ? moved : moved_work.find();
  result.comparison = ledger.finish(alignment.samples());
  result.comparison.spilled_bytes = alignment.spilled_bytes();
  result.comparison.read_again = alignment.read_again();
  result.comparison.lanes = lanes_in_both(ours, theirs);
  return result;
}

// Passes over one pair of runs. Moved work that came to steps that had been settled ends all settling
// before the end.
class Passes {
 public:
  Passes(const std::filesystem::path& first, const std::filesystem::path& second,
         const CompareOptions& options)
      : first_(first), second_(second), options_(options) {}

  Pass make(const MovedOps& moved, MovedSearch search, Frontiers& frontiers) {
    const Frontiers before = frontiers;
    Pass result = pass(first_, second_, options_, moved, search, settling_, frontiers);
    if (!result.settled_too_early) return result;
    settling_ = Settling::kAtEnd;
    frontiers = before;
    return pass(first_, second_, options_, moved, search, settling_, frontiers);
  }

 private:
  const std::filesystem::path& first_;
  const std::filesystem::path& second_;
  const CompareOptions& options_;
  Settling settling_ = Settling::kByStep;
};

}  // namespace

Comparison compare_runs(const std::filesystem::path& first, const std::filesystem::path& second,
                        const CompareOptions& options) {
  Passes passes(first, second, options);
  Frontiers frontiers;
  MovedOps moved;
  Pass result = passes.make(moved, MovedSearch::kUntilSuspected, frontiers);
  // Lanes seem to have shared out some work in another way: what did not move is aligned as before,
  // the rest wherever it ran. The pass that believes so finds out whether it is so.
  for (int looks = 1; !result.complete; ++looks) {
    moved.merge(result.moved);
    frontiers = {};
    result = passes.make(
        moved, looks < kMostLooks ? MovedSearch::kUntilSuspected : MovedSearch::kToTheEnd,
        frontiers);
  }
  if (result.moved != moved) {
    moved = std::move(result.moved);
    frontiers = {};
    result = passes.make(moved, MovedSearch::kNone, frontiers);
  }
  // Which collectives some rank entered otherwise is known only now.
  if (frontiers.collectives.any()) {
    const Collectives collectives = std::move(frontiers.collectives);
    frontiers = {};
    frontiers.collectives = collectives;
    result = passes.make(moved, MovedSearch::kNone, frontiers);
  }
  // An event was taken for an origin before an earlier divergence that explains it had been found:
  // now that all are known, a second look is right about each.
  if (!frontiers.settled()) {
    frontiers.start_again();
    result = passes.make(moved, MovedSearch::kNone, frontiers);
  }
  return std::move(result.comparison);
}

}  // namespace detaudit::auditor
