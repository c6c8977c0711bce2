#include "auditor/compare/frontier.h"

#include <algorithm>

namespace detaudit::auditor {

Frontier::Process& Frontier::process(uint32_t index) {
  if (index >= processes_.size()) processes_.resize(index + 1);
  return processes_[index];
}

void Frontier::add(const Moment& divergence, Reach reach) {
  Process& own = process(divergence.process);
  if (divergence.first_order != Moment::kNever) {
    own.earliest_first = std::min(own.earliest_first, divergence.first_order);
    if (divergence.first_order + 1 < own.cleared_first) settled_ = false;
  } else {
    own.earliest_second = std::min(own.earliest_second, divergence.second_order);
    if (divergence.second_order + 1 < own.cleared_second) settled_ = false;
  }
  if (reach == Reach::kOwn) return;
  if (cleared_any_ && (cleared_in_several_ || cleared_process_ != divergence.process) &&
      divergence.step <= cleared_step_) {
    settled_ = false;
  }
  if (!any_ || divergence.process == earliest_process_) {
    earliest_step_ = std::min(earliest_step_, divergence.step);
    earliest_process_ = divergence.process;
  } else if (divergence.step < earliest_step_) {
    next_earliest_step_ = earliest_step_;
    earliest_step_ = divergence.step;
    earliest_process_ = divergence.process;
    any_elsewhere_ = true;
  } else {
    next_earliest_step_ = std::min(next_earliest_step_, divergence.step);
    any_elsewhere_ = true;
  }
  any_ = true;
}

bool Frontier::has_before(const Moment& event) const {
  if (event.process < processes_.size()) {
    const Process& own = processes_[event.process];
    if (own.earliest_first < event.first_order || own.earliest_second < event.second_order) {
      return true;
    }
  }
  const bool elsewhere_is_earliest = any_ && earliest_process_ != event.process;
  if (elsewhere_is_earliest) return earliest_step_ <= event.step;
  return any_elsewhere_ && next_earliest_step_ <= event.step;
}

bool Frontier::any_before(const Moment& event) {
  if (has_before(event)) return true;
  Process& own = process(event.process);
  own.cleared_first = std::max(own.cleared_first, event.first_order + 1);
  own.cleared_second = std::max(own.cleared_second, event.second_order + 1);
  cleared_step_ = std::max(cleared_step_, event.step);
  cleared_in_several_ |= cleared_any_ && cleared_process_ != event.process;
  cleared_process_ = event.process;
  cleared_any_ = true;
  return false;
}

void Frontier::start_again() {
  for (Process& process : processes_) process.cleared_first = process.cleared_second = 0;
  cleared_step_ = 0;
  cleared_any_ = cleared_in_several_ = false;
  settled_ = true;
}

}  // namespace detaudit::auditor
