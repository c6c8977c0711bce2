#include "instrument/cupti/buffer_states.h"

#include <algorithm>

namespace detaudit::instrument::cupti {

void BufferStates::drop(BufferState& state) {
  if (state.last != kNoCell) cells_.release(state.last);
  state.last = kNoCell;
}

BufferState& BufferStates::at(const Range& range) {
  auto [found, made] = states_.try_emplace(
      range.begin, BufferState{range, kNoCell, 0, {}, false, std::pmr::vector<Access>(memory_)});
  BufferState& state = found->second;
  if (!made && !(state.range == range)) {
    drop(state);
    state.range = range;
  }
  return state;
}

void BufferStates::mark(const Allocation& allocation, uint64_t address, uint64_t sequence) {
  auto found = reach_.try_emplace(allocation.ordinal).first;
  std::pmr::vector<Mark>& marks = found->second;
  while (!marks.empty() && marks.back().address >= address) marks.pop_back();
  marks.push_back({sequence, address});
}

bool BufferStates::holds(const BufferState& state, const Allocation& allocation) const {
  if (state.last == kNoCell || state.contested || cells_.failed(state.last) || all_marked_ > state.last_at) return false;
  auto found = reach_.find(allocation.ordinal);
  if (found == reach_.end()) return true;
  const auto& marks = found->second;
  auto later = std::upper_bound(
      marks.begin(), marks.end(), state.last_at,
      [](uint64_t sequence, const Mark& mark) { return sequence < mark.sequence; });
  return later == marks.end() || later->address >= state.range.end;
}

BufferState* BufferStates::find(uint64_t begin) {
  auto found = states_.find(begin);
  return found == states_.end() ? nullptr : &found->second;
}

void BufferStates::set(BufferState& state, CellId cell, uint64_t sequence,
                       StreamPoint point) {
  cells_.hold(cell);
  drop(state);
  state.last = cell;
  state.last_at = sequence;
  state.last_point = point;
}

void BufferStates::forget(const Range& range) {
  auto at = states_.lower_bound(range.begin);
  while (at != states_.end() && at->first < range.end) {
    drop(at->second);
    at = states_.erase(at);
  }
}

void BufferStates::forget_all() {
  for (auto& [begin, state] : states_) drop(state);
  states_.clear();
  reach_.clear();
}

}  // namespace detaudit::instrument::cupti
