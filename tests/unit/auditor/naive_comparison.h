#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "auditor/compare/comparison.h"
#include "tests/unit/auditor/planned_trace.h"

namespace detaudit::auditor {

// One process of a planned run.
struct PlannedProcess {
  std::string name;
  std::vector<Planned> events;
};
using PlannedRun = std::vector<PlannedProcess>;

// The comparison by its definition: everything in memory, every divergence held against every
// other. Identities must be unique within a run, and what moved work writes.
class NaiveComparison {
 public:
  NaiveComparison(const PlannedRun& first, const PlannedRun& second);

  struct Group {
    uint64_t occurrences = 0;
    uint64_t step = UINT64_MAX, order = UINT64_MAX;  // of the earliest
    std::vector<uint32_t> outputs;
    bool batch_same_samples = false;
    friend bool operator==(const Group&, const Group&) = default;
  };
  // shape, only in first, kind, op
  using GroupKey = std::tuple<DivergenceShape, bool, instrument::EventKind, std::string>;

  uint64_t compared = 0, agreeing = 0, origins = 0, propagated = 0, inputs_differed = 0;
  uint64_t only_in_first = 0, only_in_second = 0;
  bool reordered = false;
  uint64_t moved_ops = 0;  // whose events the lanes shared out in another way
  std::map<GroupKey, Group> groups;
  std::map<uint64_t, uint64_t> origins_by_step;

 private:
  struct Seen {
    const Planned* event = nullptr;
    uint64_t order = 0, occurrence = 0;
  };
  struct Aligned {
    Seen first, second;
    size_t process = 0;
    bool moved = false;
    const Planned& event() const { return first.event ? *first.event : *second.event; }
    bool in_both() const { return first.event && second.event; }
    bool diverged() const { return !in_both() || first.event->outputs != second.event->outputs; }
    bool same_inputs() const { return first.event->inputs == second.event->inputs; }
  };
  // lane, kind, op, key, step, occurrence
  using Identity =
      std::tuple<std::string, instrument::EventKind, std::string, std::string, uint64_t, uint64_t>;
  using Op = std::tuple<size_t, instrument::EventKind, std::string>;  // of one process
  static Op op_of(const Aligned& event);
  void align(const PlannedRun& run, bool is_first);
  std::vector<Op> find_moved() const;
  void align_anywhere(const Op& op);
  void note_order();
  bool any_before(const Aligned& event, bool (*explains)(const Aligned&)) const;
  bool is_origin(const Aligned& event) const;
  void classify(const Aligned& event);
  void add(const Aligned& event, DivergenceShape shape);
  // Equally many batches, up to one at `order` or later, or all, drew the same samples.
  bool same_samples(const std::string& dataset, uint64_t order) const;

  struct Batch {
    uint64_t order = 0, samples = 0;
  };
  std::map<std::string, std::vector<Batch>> batches_[2];
  std::vector<const Aligned*> explained_;  // divergences that others before them account for

  std::vector<Aligned> aligned_;
};

}  // namespace detaudit::auditor
