#include "instrument/cupti/graph_table.h"

#include <utility>

namespace detaudit::instrument::cupti {

// Copies of pmr containers would go to the subject's heap.
CapturedLaunch::CapturedLaunch(const CapturedLaunch& other, std::pmr::memory_resource* memory)
    : op(other.op, memory),
      parameters(other.parameters),
      parameter_bytes(other.parameter_bytes),
      parameters_sound(other.parameters_sound),
      point(other.point),
      torn(other.torn),
      touches(other.touches, memory) {}

GraphContent::GraphContent(const GraphContent& other, std::pmr::memory_resource* memory)
    : captured(other.captured),
      opaque(other.opaque),
      reordered(other.reordered),
      launches(memory),
      rivals(other.rivals, memory),
      unseen(other.unseen, memory),
      reach(other.reach, memory) {
  launches.reserve(other.launches.size());
  for (const CapturedLaunch& launch : other.launches) launches.emplace_back(launch, memory);
}

GraphContent& GraphTable::capture(CUgraph graph) {
  auto [found, made] = graphs_.try_emplace(graph, memory_);
  if (made) found->second.captured = true;
  return found->second;
}

void GraphTable::define(CUgraph graph, GraphContent content) {
  graphs_.insert_or_assign(graph, std::move(content));
}

const GraphContent* GraphTable::find(CUgraph graph) const {
  auto found = graphs_.find(graph);
  return found == graphs_.end() ? nullptr : &found->second;
}

void GraphTable::instantiate(CUgraphExec exec, CUgraph graph) {
  if (const GraphContent* content = find(graph)) {
    execs_.erase(exec);
    execs_.try_emplace(exec, *content, memory_);
  }
}

GraphContent* GraphTable::find(CUgraphExec exec) {
  auto found = execs_.find(exec);
  return found == execs_.end() ? nullptr : &found->second;
}

size_t GraphTable::digests_of(CUgraphExec exec) const {
  const auto found = execs_.find(exec);
  if (found == execs_.end()) return 0;
  size_t digests = 0;
  for (const CapturedLaunch& launch : found->second.launches)
    for (const CapturedTouch& touch : launch.touches)
      digests += (touch.before != 0) + (touch.after != 0);
  return digests;
}

size_t GraphTable::launches_of(CUgraphExec exec) const {
  const auto found = execs_.find(exec);
  return found == execs_.end() ? 0 : found->second.launches.size();
}

void GraphTable::expect(uint32_t job, CellId cell) {
  waiting_.try_emplace(job).first->second.push_back(cell);
}

CellId GraphTable::expect_no_more(uint32_t job) {
  auto found = waiting_.find(job);
  if (found == waiting_.end() || found->second.empty()) return kNoCell;
  const CellId cell = found->second.back();
  found->second.pop_back();
  return cell;
}

std::optional<CellId> GraphTable::arrived(uint32_t job) {
  auto found = waiting_.find(job);
  if (found == waiting_.end() || found->second.empty()) return std::nullopt;
  const CellId cell = found->second.front();
  found->second.pop_front();
  return cell;
}

}  // namespace detaudit::instrument::cupti
