#pragma once

#include <cuda.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "instrument/cupti/allocation_map.h"
#include "instrument/cupti/cell_table.h"
#include "instrument/cupti/gpu_record.h"
#include "instrument/cupti/stream_order.h"

namespace detaudit::instrument::cupti {

// A buffer of a captured launch, digested by the graph itself each time that it runs.
struct CapturedTouch {
  Range range;
  const char* name;
  Side side;
  uint32_t before, after;  // numbers of the digests' jobs; 0: none
};

// A launch seen while its stream was captured.
struct CapturedLaunch {
  explicit CapturedLaunch(std::pmr::memory_resource* memory) : op(memory), touches(memory) {}
  CapturedLaunch(const CapturedLaunch& other, std::pmr::memory_resource* memory);
  CapturedLaunch(CapturedLaunch&&) = default;
  CapturedLaunch& operator=(CapturedLaunch&&) = default;
  std::pmr::string op;
  kernels::Digest parameters;
  uint64_t parameter_bytes = 0;
  bool parameters_sound = true;
  StreamPoint point;  // in the order of the capture
  bool torn = false;  // captured work that was not seen may run beside it
  std::pmr::vector<CapturedTouch> touches;
};

// Two captured launches that may run at once, and a buffer that both can reach.
struct CapturedRivals {
  uint32_t first, first_touch, second, second_touch;
};

// What running a graph does, as far as it is known.
struct GraphContent {
  explicit GraphContent(std::pmr::memory_resource* memory)
      : launches(memory), rivals(memory), unseen(memory), reach(memory) {}
  GraphContent(const GraphContent& other, std::pmr::memory_resource* memory);
  GraphContent(GraphContent&&) = default;
  GraphContent& operator=(GraphContent&&) = default;
  bool captured = false;  // its launches were seen and digest themselves
  bool opaque = false;    // it also does what was not seen
  bool reordered = false;  // by hand: which of its work may run at once is not known
  std::pmr::vector<CapturedLaunch> launches;
  std::pmr::vector<CapturedRivals> rivals;
  std::pmr::vector<StreamPoint> unseen;  // captured work that was not
  std::pmr::vector<Range> reach;  // of a graph built by hand: what its kernels were given
};

// Graphs under capture, graphs made, graphs that can be launched; and who waits for the digest of a
// captured job: runs of one executable graph follow one another, so the first waiting is the first
// served. Not thread-safe.
class GraphTable {
 public:
  explicit GraphTable(std::pmr::memory_resource* memory)
      : memory_(memory), graphs_(memory), execs_(memory), waiting_(memory) {}

  GraphContent& capture(CUgraph graph);  // made if new
  void define(CUgraph graph, GraphContent content);
  const GraphContent* find(CUgraph graph) const;
  void instantiate(CUgraphExec exec, CUgraph graph);  // a copy of what is known of the graph
  GraphContent* find(CUgraphExec exec);
  void forget(CUgraph graph) { graphs_.erase(graph); }
  void forget(CUgraphExec exec) { execs_.erase(exec); }
  void forget_graphs() { graphs_.clear(); }

  // body(cell) for each that is still expected, and is from then on expected no more.
  template <typename Body>
  void forget_expected(const Body& body) {
    for (const auto& [job, cells] : waiting_)
      for (CellId cell : cells)
        if (cell != kNoCell) body(cell);
    waiting_.clear();
  }
  void forget_all() {
    graphs_.clear();
    execs_.clear();
  }

  // Of one launch.
  size_t digests_of(CUgraphExec exec) const;
  size_t launches_of(CUgraphExec exec) const;

  uint32_t next_job() { return next_job_++; }
  void expect(uint32_t job, CellId cell);  // kNoCell: it will come, and nobody wants it
  CellId expect_no_more(uint32_t job);     // takes the newest back; kNoCell: nobody wanted it
  // Whose digest it is; kNoCell: nobody wants it; nothing: it was not expected.
  std::optional<CellId> arrived(uint32_t job);

 private:
  std::pmr::memory_resource* memory_;
  std::pmr::unordered_map<CUgraph, GraphContent> graphs_;
  std::pmr::unordered_map<CUgraphExec, GraphContent> execs_;
  std::pmr::unordered_map<uint32_t, std::pmr::deque<CellId>> waiting_;
  uint32_t next_job_ = 1;
};

}  // namespace detaudit::instrument::cupti
