#include <algorithm>
#include <iterator>

#include "auditor/compare/alignment.h"
#include "auditor/compare/comparison.h"
#include "auditor/compare/ledger.h"
#include "auditor/compare/trace_stream.h"

namespace detaudit::auditor {
namespace {

void compare_lanes(const TraceStream& first, const TraceStream& second, Comparison& comparison) {
  const auto ours = first.lanes(), theirs = second.lanes();
  std::set_symmetric_difference(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                                std::back_inserter(comparison.unaligned_lanes));
  comparison.lanes = (ours.size() + theirs.size() - comparison.unaligned_lanes.size()) / 2;
}

Comparison pass(const std::filesystem::path& first, const std::filesystem::path& second,
                const CompareOptions& options, Frontiers& frontiers) {
  TraceStream ours(first, options.last_step);
  TraceStream theirs(second, options.last_step);
  Ledger ledger(options, ours.reader(), theirs.reader(), frontiers);
  Alignment alignment(ours, theirs, options, ledger);
  alignment.run();
  Comparison comparison = ledger.finish(alignment.samples());
  comparison.spilled_bytes = alignment.spilled_bytes();
  compare_lanes(ours, theirs, comparison);
  return comparison;
}

}  // namespace

Comparison compare_runs(const std::filesystem::path& first, const std::filesystem::path& second,
                        const CompareOptions& options) {
  Frontiers frontiers;
  Comparison comparison = pass(first, second, options, frontiers);
  // An event was taken for an origin before an earlier divergence that explains it had been found:
  // now that all are known, a second look is right about each.
  if (!frontiers.settled()) {
    frontiers.start_again();
    comparison = pass(first, second, options, frontiers);
  }
  return comparison;
}

}  // namespace detaudit::auditor
