#pragma once

#include <detaudit/probe.h>

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "kernels/cuda/digest.h"
#include "kernels/cuda/stream.h"
#include "kernels/pool.h"

namespace detaudit::workload {

// Which operation: its name, and which one of several in a step.
struct OpName {
  const char* op;
  const char* key = nullptr;
};

// Where the operations run.
enum class Device { kCpu, kCuda };

// Runs every operation of the workload under the probe API: on one pool, in a form that can be run
// again on restored buffers, or on one stream of a GPU. Owns either. One thread at a time. On a
// GPU, kernels::cuda::CudaError where it fails.
class Executor {
 public:
  using Buffers = std::initializer_list<detaudit_buffer>;

  explicit Executor(unsigned threads, Device device = Device::kCpu);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // The host's threads, on any device: for what is prepared there.
  kernels::Pool& pool() { return pool_; }
  unsigned threads() const { return pool_.threads(); }
  kernels::cuda::Stream* stream() { return stream_.get(); }  // null on the CPU

  // Runs body(on) with `in` and `out` declared: all that it reads and all that it writes. `on` is
  // the pool or the stream, for which kernels have one name: dense_forward(on, ...). A body that
  // takes a kernels::Pool& alone runs on the host, with buffers of the host.
  // file and line: the caller's.
  template <typename Body>
  void run(OpName name, Buffers in, Buffers out, Body body, const char* file = __builtin_FILE(),
           uint32_t line = __builtin_LINE()) {
    if (!seen_.contains(name.op)) seen_.insert(name.op);
    detaudit_location(file, line);
    if constexpr (std::is_invocable_v<Body&, kernels::cuda::Stream&>) {
      if (stream_) return run_on_stream(name, in, out, [&] { body(*stream_); });
    }
    struct Call {
      Executor& executor;
      Body& body;
    } call{*this, body};
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

  // Device memory, zeros, for as long as the executor lives. On a stream only.
  void* allocate_on_device(size_t bytes);

 private:
  // A buffer of an operation, and where its digest will be: a slot, or here already.
  struct Declared {
    detaudit_buffer buffer;
    const kernels::cuda::DigestSlot* slot;  // null: on the host
    uint64_t low, high;
  };

  void run_on_stream(OpName name, Buffers in, Buffers out, const std::function<void()>& body);
  std::vector<Declared> digest(Buffers buffers, kernels::cuda::DigestSlot* slots);
  bool is_on_device(const void* data) const;

  kernels::Pool pool_;
  std::unique_ptr<kernels::cuda::Stream> stream_;
  std::unique_ptr<kernels::cuda::Digester> digester_;
  kernels::cuda::DigestSlot* slots_ = nullptr;
  std::map<const char*, size_t> device_memory_;  // bytes by address
  std::set<std::string, std::less<>> seen_;
};

}  // namespace detaudit::workload
