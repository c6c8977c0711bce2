#pragma once

#include <detaudit/probe.h>

#include <initializer_list>
#include <set>
#include <string>
#include "kernels/pool.h"

namespace detaudit::workload {

// Which operation: its name, and which one of several in a step.
struct OpName {
  const char* op;
  const char* key = nullptr;
};

// Runs every operation of the workload on one pool, under the probe API, in a form that can be run
// again on restored buffers. One thread at a time.
class Executor {
 public:
  explicit Executor(unsigned threads) : pool_(threads) {
    pool_.at_claims(detaudit_schedule_point);
    // What an operation wrote is digested by the threads that have it in their caches.
    detaudit_parallel(launch_on_pool, &pool_);
  }
  ~Executor() { detaudit_parallel(nullptr, nullptr); }
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  kernels::Pool& pool() { return pool_; }
  unsigned threads() const { return pool_.threads(); }

  // Runs body(pool) with `in` and `out` declared: all that it reads and all that it writes.
  // file and line: the caller's.
  template <typename Body>
  void run(OpName name, std::initializer_list<detaudit_buffer> in,
           std::initializer_list<detaudit_buffer> out, Body body,
           const char* file = __builtin_FILE(), uint32_t line = __builtin_LINE()) {
    struct Call {
      Executor& executor;
      Body& body;
    } call{*this, body};
    if (!seen_.contains(name.op)) seen_.insert(name.op);
    detaudit_location(file, line);
    detaudit_op_run(
        name.op, name.key, in.begin(), in.size(), out.begin(), out.size(),
        [](void* context) {
          Call& self = *static_cast<Call*>(context);
          kernels::Pool& pool = self.executor.pool_;
          pool.limit(detaudit_workers(pool.threads()));
          self.body(pool);
        },
        &call);
  }

  // The distinct operations so far.
  const std::set<std::string, std::less<>>& seen() const { return seen_; }

 private:
  static void launch_on_pool(void* pool, size_t blocks, void (*block)(void*, size_t),
                             void* context) {
    static_cast<kernels::Pool*>(pool)->launch(
        blocks, [=](size_t index, unsigned) { block(context, index); });
  }

  kernels::Pool pool_;
  std::set<std::string, std::less<>> seen_;
};

}  // namespace detaudit::workload
