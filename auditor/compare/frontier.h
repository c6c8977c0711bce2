#pragma once

#include <cstdint>
#include <vector>

#include "auditor/compare/trace_stream.h"

namespace detaudit::auditor {

// When an event happened: its process, step, and its order in the first and in the second run
// (kNever in the run that lacks it).
struct Moment {
  static constexpr uint64_t kNever = UINT64_MAX;
  uint32_t process = 0;
  uint64_t step = 0;
  uint64_t first_order = kNever;
  uint64_t second_order = kNever;
};

// The earliest divergences of one class. Within a process execution order says what came before;
// across processes only steps can be compared, and an equal step counts as before.
// Events may be asked about before every divergence is known: what was answered "nothing before"
// is remembered, and settled() says whether a later note() belied it.
class Frontier {
 public:
  // Which processes' events a divergence can explain.
  enum class Reach { kAll, kOwn };
  void note(const Moment& divergence, Reach reach = Reach::kAll) {
    if (!adds_nothing(divergence, reach)) add(divergence, reach);
  }
  bool any_before(const Moment& event);
  bool has_before(const Moment& event) const;  // the same, and "no" is not remembered as answered
  bool settled() const { return settled_; }
  void start_again();  // keeps the divergences, for a second look at the same events

 private:
  struct Process {
    uint64_t earliest_first = Moment::kNever, earliest_second = Moment::kNever;
    uint64_t cleared_first = 0, cleared_second = 0;  // latest answered "nothing before", plus one
  };
  Process& process(uint32_t index);
  // Of most divergences: an earlier one of their process explains all that they do, and whom it
  // belied is known.
  bool adds_nothing(const Moment& divergence, Reach reach) const {
    return divergence.process < processes_.size() && divergence.first_order != Moment::kNever &&
           processes_[divergence.process].earliest_first <= divergence.first_order &&
           (reach == Reach::kOwn || (any_ && divergence.process == earliest_process_ &&
                                     earliest_step_ <= divergence.step));
  }
  void add(const Moment& divergence, Reach reach);

  std::vector<Process> processes_;
  // The earliest step of a divergence, its process, and the earliest in any other process.
  uint64_t earliest_step_ = Moment::kNever, next_earliest_step_ = Moment::kNever;
  uint32_t earliest_process_ = 0;
  bool any_ = false, any_elsewhere_ = false;
  uint64_t cleared_step_ = 0;
  uint32_t cleared_process_ = 0;
  bool cleared_any_ = false, cleared_in_several_ = false;
  bool settled_ = true;
};

}  // namespace detaudit::auditor
