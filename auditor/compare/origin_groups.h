#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "auditor/compare/comparison.h"
#include "auditor/compare/trace_stream.h"

namespace detaudit::auditor {

// One divergence that will be reported: the event as the run shows it, and the other run's, null
// when it has none.
struct Occurrence {
  DivergenceShape shape = DivergenceShape::kOutputsDiffer;
  Side side = Side::kFirst;  // whose event `shown` is; kSecond only when the first has none
  const Sighting* shown = nullptr;
  const Sighting* other = nullptr;
};

// A group on its way, with what its last fields are decided from.
struct OpenGroup {
  OriginGroup group;
  uint64_t lane_hash = 0, op_hash = 0;  // of `first`
};

// Gathers occurrences into groups by (shape, side, kind, op). The result does not depend on the
// order in which they come. Memory: one group a distinct op.
class OriginGroups {
 public:
  void add(const Occurrence& occurrence, const instrument::TraceReader& reader);
  std::vector<OpenGroup> finish();  // by step, then order of the first occurrence

 private:
  struct Early {
    uint64_t step, order, identity;
    friend auto operator<=>(const Early&, const Early&) = default;
  };
  struct Entry {
    OpenGroup open;
    std::vector<Early> earliest;  // sorted, at most kIdentitiesKept
  };
  static constexpr size_t kIdentitiesKept = 8;
  static void describe_first(Entry& entry, const Occurrence& occurrence,
                             const instrument::TraceReader& reader);

  std::unordered_map<uint64_t, Entry> entries_;
};

// The indices at which two lists of digests differ, those that only the longer one has included.
std::vector<uint32_t> differing(std::span<const kernels::Digest> a,
                                std::span<const kernels::Digest> b);

}  // namespace detaudit::auditor
