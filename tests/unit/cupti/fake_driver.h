#pragma once

#include <cuda.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "instrument/cupti/digest_device.h"
#include "instrument/cupti/driver_call.h"
#include "instrument/cupti/driver_table.h"
#include "instrument/cupti/sink.h"

namespace detaudit::instrument::cupti {

// A kernel: what the driver knows of its parameters, and what it does to memory, in pieces between
// which work of other streams may run.
struct FakeKernel {
  std::string name;
  std::vector<std::pair<size_t, size_t>> parameters;  // offset, bytes
  std::vector<std::function<void(const std::byte* parameters)>> pieces;
  bool is_kernel_handle = false;  // a CUkernel cast to a CUfunction
  CUfunction handle() { return reinterpret_cast<CUfunction>(this); }
};

// A driver without a device: host memory is device memory, streams are queues whose work runs when
// the host waits or when a test says so, in an order drawn from a seed among all that the rules of
// streams allow. Tells an observer only of the calls it subscribed to. One at a time, one thread.
class FakeDriver : public EventSource {
 public:
  explicit FakeDriver(uint64_t seed = 1);
  ~FakeDriver() override;

  const char* start(DriverObserver& observer, std::span<const uint32_t> calls) noexcept override;
  void stop() noexcept override;
  DriverTable table();

  // What a subject does.
  CUdeviceptr allocate(size_t bytes);
  CUdeviceptr allocate_managed(size_t bytes);
  void free(CUdeviceptr address);
  // In a capture: an address whose memory is not there.
  CUdeviceptr allocate_async(size_t bytes, CUstream stream);
  void free_async(CUdeviceptr address, CUstream stream);
  CUstream create_stream(unsigned flags = CU_STREAM_DEFAULT);
  void destroy_stream(CUstream stream);
  CUevent create_event();
  void record(CUevent event, CUstream stream);
  void wait(CUstream stream, CUevent event);
  void synchronize(CUstream stream);
  void synchronize();
  CUresult launch(FakeKernel& kernel, CUstream stream, std::vector<std::byte> parameters);
  CUresult launch_extra(FakeKernel& kernel, CUstream stream, std::vector<std::byte> parameters);
  void copy_in(CUdeviceptr to, const void* from, size_t bytes, CUstream stream);
  void copy(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream);
  void fill(CUdeviceptr to, unsigned char value, size_t bytes, CUstream stream);
  void encode_map(CUtensorMap* map, CUdeviceptr address);
  void begin_capture(CUstream stream);
  CUgraph end_capture(CUstream stream);
  CUgraph build_graph(std::vector<std::pair<FakeKernel*, std::vector<std::byte>>> kernels);
  CUgraphExec instantiate(CUgraph graph, unsigned long long flags = 0);
  CUresult update(CUgraphExec exec, CUgraph graph);  // refused where they have other nodes
  void change_node(CUgraphExec exec);
  CUresult launch_graph(CUgraphExec exec, CUstream stream);
  void destroy_context() { destroy_context(current_); }
  void destroy_context(CUcontext context);
  // Any other call, by its id and structure: it does nothing but `act`.
  template <typename Parameters>
  CUresult other(uint32_t id, const Parameters& parameters,
                 const std::function<CUresult()>& act = [] { return CUDA_SUCCESS; }) {
    return call(id, &parameters, nullptr, act);
  }

  // What a test controls.
  void run_some(size_t pieces);  // of what may run now
  void fail_next_launch(CUresult result) { fail_launch_after(0, result); }
  void fail_launch_after(unsigned launches, CUresult result) {
    launches_until_failure_ = launches;
    next_launch_ = result;
  }
  void stall(bool stalled) { stalled_ = stalled; }  // the device does nothing
  CUcontext context() { return reinterpret_cast<CUcontext>(this); }
  CUcontext other_context() { return reinterpret_cast<CUcontext>(&told_); }
  void make_current(CUcontext context) { current_ = context; }
  CUcontext current() const { return current_; }
  uint64_t told() const { return told_; }
  CUdevice device = 0;  // of the current context
  size_t range_bytes = 0;  // of whatever address is asked for
  unsigned captures_broken = 0;  // by work given to the default stream beside them, or unsafe calls
  std::set<uint32_t> told_ids;

  // Work of ours, by the fake digest device.
  void submit(CUstream stream, std::function<void()> work);
  bool capturing(CUstream stream) const;
  bool reached(CUevent event) const;
  void submit_to_capture(CUstream stream, std::function<void()> work);

 private:
  friend struct FakeDriverCalls;
  struct Work {
    std::deque<std::function<void()>> pieces;
    std::vector<std::pair<const void*, uint64_t>> after;  // stream, count finished there
  };
  // Work runs in any order in which what it is behind comes first.
  struct Graph {
    std::vector<std::function<void()>> work;
    std::vector<std::vector<size_t>> behind;
    std::vector<size_t> any_order(std::mt19937_64& engine) const;
    std::vector<std::pair<FakeKernel*, std::vector<std::byte>>> nodes;  // of one built by hand
  };
  struct Stream {
    unsigned flags = 0;
    bool legacy = false;
    std::deque<Work> queue;
    uint64_t submitted = 0, finished = 0;
    Graph* capture = nullptr;
    std::vector<size_t> tail;  // of what was captured: its next work is behind this
  };
  struct Event {
    std::vector<std::pair<const void*, uint64_t>> point;
    Graph* capture = nullptr;  // recorded in it
    std::vector<size_t> tail;
  };
  CUresult call(uint32_t id, const void* parameters, const char* symbol,
                const std::function<CUresult()>& act);
  Stream& stream_of(CUstream handle);
  void unsafe_call();
  Work& append(CUstream handle);
  bool runnable(const Stream& stream) const;
  bool step();
  void drain(const std::function<bool()>& done);
  CUresult launch_call(FakeKernel& kernel, CUstream stream, std::vector<std::byte> parameters,
                       bool extra);

  DriverObserver* observer_ = nullptr;
  std::set<uint32_t> subscribed_;
  std::mt19937_64 engine_;
  std::map<CUstream, std::unique_ptr<Stream>> streams_;
  std::vector<std::unique_ptr<Stream>> destroyed_;
  std::map<std::thread::id, CUstream> own_streams_;  // of threads
  std::map<CUevent, std::unique_ptr<Event>> events_;
  std::map<CUdeviceptr, std::unique_ptr<std::byte[]>> memory_;
  std::map<CUdeviceptr, size_t> sizes_;
  std::vector<std::unique_ptr<Graph>> graphs_;
  std::map<CUgraphExec, Graph*> execs_;
  std::deque<int> handles_;
  CUresult next_launch_ = CUDA_SUCCESS;
  unsigned launches_until_failure_ = 0;
  bool stalled_ = false;
  CUcontext current_ = context();
  CUdeviceptr next_nowhere_ = 0x10000;
  uint64_t told_ = 0;
};

// Digests computed when the fake device gets to them.
class FakeDigestDevice : public DigestDevice {
 public:
  FakeDigestDevice(FakeDriver& driver, uint32_t slots) : driver_(driver), results_(slots) {}
  uint32_t slots() const noexcept override { return static_cast<uint32_t>(results_.size()); }
  const char* prepare(CUcontext context) noexcept override {
    if (preparing) preparing();
    if (!why_not) ready_.insert(context);
    return why_not;
  }
  bool ready(CUcontext context) const noexcept override { return ready_.contains(context); }
  void forget(CUcontext context) noexcept override { ready_.erase(context); }
  size_t enqueue(CUcontext, CUstream stream, std::span<const DigestJob> jobs) noexcept override;
  bool capture(CUcontext, CUstream stream, std::span<const DigestJob> jobs) noexcept override;
  bool poll(uint32_t slot, kernels::Digest& digest) noexcept override;
  bool poll_graph(GraphDigest& digest) noexcept override;
  uint32_t graph_slots() const noexcept override { return graph_room; }

  const char* why_not = nullptr;
  std::function<void()> preparing, enqueuing;  // what goes on meanwhile
  uint64_t jobs = 0, bytes = 0;
  uint32_t graph_room = 1 << 16;

 private:
  FakeDriver& driver_;
  std::vector<std::unique_ptr<kernels::Digest>> results_;
  std::deque<GraphDigest> graph_results_;
  std::set<CUcontext> ready_;
};

// Events as they are written.
class FakeSink : public Sink {
 public:
  struct Event {
    std::string lane, op, key;
    std::vector<GpuBuffer> inputs, outputs;
  };
  bool place(const char* lane, const char* op, const char*, Ticket& ticket) noexcept override;
  void write(const Ticket& ticket, std::span<const GpuBuffer> inputs,
             std::span<const GpuBuffer> outputs) noexcept override;
  void replayed(const Ticket&, const ReplayCounts& counts) noexcept override {
    replays.push_back(counts);
  }
  void lose(uint64_t count, const char* why) noexcept override {
    lost += count;
    reasons.push_back(why);
  }
  void cover(const char* what, const char* of, uint64_t count) noexcept override {
    (*of ? seen_of : seen)[what] += count;
  }
  void tell_code(const char* fact, const char* kernel, uint64_t count) noexcept override {
    code[{kernel, fact}] = count;
  }
  const char* thread() noexcept override { return birth; }
  const char* library_call() noexcept override { return call; }
  void tell_launched_in(const char* of, const char* kernel, uint64_t count) noexcept override {
    launched_in[{of, kernel}] = count;
  }

  static inline thread_local const char* birth = "";  // of the calling thread
  std::vector<Event> events;
  std::vector<ReplayCounts> replays;
  uint64_t lost = 0;
  std::vector<std::string> reasons;
  std::map<std::string, uint64_t> seen, seen_of;
  std::map<std::pair<std::string, std::string>, uint64_t> code;  // by kernel and fact
  const char* call = nullptr;                                    // what the launching thread is in
  std::map<std::pair<std::string, std::string>, uint64_t> launched_in;  // by call and kernel

 private:
  struct Place {
    std::string lane, op, key;
  };
  std::vector<Place> places_;
};

// Time passes only when somebody sleeps.
class FakeClock : public Clock {
 public:
  uint64_t now_ns() noexcept override { return now_ += 100; }
  void sleep_ns(uint64_t ns) noexcept override {
    now_ += ns;
    if (meanwhile) meanwhile();
  }
  std::function<void()> meanwhile;  // what the device does while somebody sleeps

 private:
  uint64_t now_ = 0;
};

}  // namespace detaudit::instrument::cupti
