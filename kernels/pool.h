#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace detaudit::kernels {

// A pool of threads that runs a kernel's grid of blocks. Owns its threads. One launch at a time,
// from one thread. Blocks are claimed in arrival order, as a GPU's are: a kernel whose bits depend
// on which block ran when, or where, is nondeterministic. The calling thread works too.
class Pool {
 public:
  // threads >= 1: the callers' thread and threads - 1 others.
  explicit Pool(unsigned threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  unsigned threads() const;

  // From now on at most `workers` of the threads take part in a launch (1 = the caller alone).
  void limit(unsigned workers);
  unsigned limit() const;

  // Called by each thread before each block that it claims when several take part; null for none.
  // An auditor provokes other orders here.
  void at_claims(void (*hook)());

  // body(block, worker) for every block in [0, blocks), worker in [0, limit). Returns when all ran.
  // body must not throw.
  void launch(size_t blocks, const std::function<void(size_t block, unsigned worker)>& body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Partition of [0, n) that depends on n and grain alone.
struct Range {
  size_t begin, end;
};
inline size_t block_count(size_t n, size_t grain) { return (n + grain - 1) / grain; }
inline Range block_range(size_t block, size_t n, size_t grain) {
  size_t begin = block * grain;
  return {begin, begin + grain < n ? begin + grain : n};
}

}  // namespace detaudit::kernels
