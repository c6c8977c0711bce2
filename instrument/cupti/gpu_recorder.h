#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory_resource>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>

#include "instrument/cupti/action.h"
#include "instrument/cupti/allocation_map.h"
#include "instrument/cupti/buffer_states.h"
#include "instrument/cupti/cell_table.h"
#include "instrument/cupti/context_work.h"
#include "instrument/cupti/digest_device.h"
#include "instrument/cupti/driver_table.h"
#include "instrument/cupti/gpu_coverage.h"
#include "instrument/cupti/gpu_record.h"
#include "instrument/cupti/gpu_settings.h"
#include "instrument/cupti/graph_table.h"
#include "instrument/cupti/held_addresses.h"
#include "instrument/cupti/kernel_parameters.h"
#include "instrument/cupti/module_table.h"
#include "instrument/cupti/sink.h"
#include "instrument/cupti/stream_order.h"
#include "instrument/cupti/stream_table.h"

namespace detaudit::instrument::cupti {

// Turns driver calls into events: what each piece of GPU work could reach, digested before and after
// it in its own stream. Never blocks the subject but for room, and then for a bounded time. The lock
// is never held across a driver call. Memory: pages of its own, bounded by the device's slots.
class GpuRecorder final : public DriverObserver {
 public:
  struct Parts {
    const DriverTable& driver;
    DigestDevice& device;
    Sink& sink;
    Clock& clock;
    std::pmr::memory_resource* memory;
  };
  GpuRecorder(const Parts& parts, const GpuSettings& settings);
  ~GpuRecorder() override;

  void before(const DriverCall& call) noexcept override;
  void after(const DriverCall& call) noexcept override;
  void loaded(const ModuleImage& image) noexcept override;
  void unloaded(uint32_t module) noexcept override;

  // Writes the events whose digests are there, in the order of submission. Any one thread.
  // True when something was written.
  bool drain() noexcept;
  // Reads the code of one loaded module, when one waits for it.
  bool read_code() noexcept;
  // In a forked child: the device is its parent's, and what holds the lock may not live here.
  void abandon() noexcept { abandoned_.store(true); }
  // While the driver still answers: what is behind the last sweep is swept, and what is under way
  // waited for, a bounded time.
  void settle() noexcept;
  // The end: gives up what did not settle, tells the totals.
  void finish() noexcept;

  const GpuCoverage& coverage() const { return coverage_; }

 private:
  struct Call;       // between before and after, of one thread
  class Submission;  // gpu_call.h
  bool left_alone() noexcept;
  using Lock = std::unique_lock<std::mutex>;

  void begin(const DriverCall& call, Call& state);
  void end(const DriverCall& call, Call& state);
  void give_up(Call& state);

  // gpu_follow.cc
  CUcontext primary_context(CUdevice device);
  CUcontext owner_of(CUcontext context) const;
  void follow_green(const Action& action);
  CUcontext context_of(CUgreenCtx green);
  void end_green(CUgreenCtx green, CUcontext context);
  void finish_context(CUcontext context);
  void end_context(CUcontext context);
  void note_memory(uint64_t context, MemoryKind kind, const char* what, uint64_t bytes);
  void forget_context(CUcontext context);
  void allocated(Lock& lock, const DriverCall& call, Action action);
  void follow(const DriverCall& call, const Action& action);
  void follow_order(Lock& lock, const DriverCall& call, const Action& action);
  void make_ready(CUcontext context);
  void wait_until_ready(CUcontext context);
  void tell_device();

  // gpu_give_back.cc
  void give_back(const DriverCall& call, const Action& action);
  bool ready_to_free(Lock& lock, const DriverCall& call, const Action& action);
  void forget_memory(const Range& range);
  void give_back_handle(const DriverCall& call, const Action& action);
  void begin_submission(Submission& submission);
  void end_submission(Submission& submission) noexcept;
  void wait_for_submissions(Lock& lock);
  void forget_event(CUevent event);

  // gpu_recorder.cc: launches, copies and fills.
  void begin_work(const DriverCall& call, Call& state);
  void digest_before(Lock& lock, Call& state, StreamId stream);
  void end_work(const DriverCall& call, Call& state);
  void finish_work(Lock& lock, Call& state, bool failed);
  StreamEntry& stream_of(const StreamKey& key);
  bool place(const Call& state, const char* op, GpuRecord& record);
  void ask_capture(Call& state);
  CUstreamCaptureStatus capture_of(CUstream stream, CUgraph* graph = nullptr);
  bool captured(Lock& lock, CUstream stream);
  bool make_room(Lock& lock, size_t cells);
  enum class Meanwhile : uint8_t { kSleep, kDrain };
  template <typename Done>
  bool wait_until(Lock& lock, Meanwhile meanwhile, const Done& done);
  void submit_jobs(Call& state);
  GpuRecord& new_record(CUcontext context);
  const char* symbol_of(CUfunction function);
  bool is_plain_memory(uint64_t address);
  bool writes_device(const Action& action) const;
  void leave_out(GpuRecord& record, Seen why);
  void lose_for_room(GpuRecord& record);

  // gpu_touches.cc
  const LayoutAnswer& layout_of(CUfunction function);
  bool readable(const Allocation& allocation, CUcontext context) const;
  void touches_of_copy(Call& state, const Action& action);
  void read_host_bytes(Call& state);
  void digest_host_bytes(Call& state, const Action& action);
  void follow_addresses(const Action& action);
  const char* buffer_name(const char* format, uint32_t number);
  bool find_touches(Call& state, const Action& action);
  bool touches_of_launch(Call& state, const Action& action);
  void add_touch(GpuRecord& record, const Range& range, const char* name, Side side);
  bool take_before(Lock& lock, Call& state, StreamId stream);
  void take_after(Call& state);
  void mark_written(const GpuRecord& record);
  void note_chance_ends(GpuRecord& record);
  void meet_rivals(GpuRecord& record, StreamPoint point);
  void add_rival(Touch& to, const Touch& rival);
  GpuRecord* find_record(uint64_t number);

  // gpu_graphs.cc
  void begin_capture(Lock& lock, Call& state);
  void end_capture(Lock& lock, Call& state, bool failed);
  void follow_capture(const StreamKey& key, const Action& action);
  void reorder_capture(Lock& lock, const StreamKey& key);
  void miss_captured(Call& state);
  void add_captured(Call& state, GraphContent& content);
  StreamId captured_stream(const StreamKey& key);
  void learn_graph(CUcontext context, const Action& action);
  void read_graph(CUcontext context, CUgraph graph, GraphContent& content);
  void begin_graph(Lock& lock, Call& state, StreamId stream);
  void end_graph(Call& state, StreamId stream, bool failed);
  bool make_graph_room(Lock& lock, size_t digests);
  bool expect_graph(Lock& lock, Call& state);
  void settle_graphs();
  void give_up_graphs();

  // gpu_sweep.cc
  ContextWork& work_of(CUcontext context);
  void end_call(Lock& lock, Call& state);
  void sweep(Lock& lock, const StreamKey& key, const char* behind);
  void change_over(const ContextWork& work, const char* lane);
  void wait_for_sweep(Lock& lock, const StreamKey& key);
  void finish_sweeps();
  void record_joint(Lock& lock, const StreamKey& key);
  void sweep_rest(CUcontext context);
  void sweep_all_rest();
  uint64_t mapped_in(CUcontext context) const;
  void fill_sweep(GpuRecord& record, CUcontext context, std::pmr::vector<DigestJob>& jobs);
  struct Joint {  // a stream beside the one that sweeps
    StreamKey key;
    StreamId id;
    CUevent event;
  };
  using Joints = std::pmr::vector<Joint>;
  Joints streams_beside(const StreamKey& own, bool& raced);
  bool wait_for_streams(const StreamKey& own, Joints& others);
  CUevent let_streams_wait(const StreamKey& own, const Joints& others, CUevent end);
  void level_streams(const StreamKey& own, const Joints& others);
  void note_sweep(const GpuRecord& record);
  void write_sweep(GpuRecord& record);

  // gpu_replay.cc
  enum class ReplayCopy : uint8_t { kBefore, kAfter };
  bool is_suspect(const Call& state) const;
  void refuse_replay(const Call& state, Seen why);
  Seen why_no_replay(const Call& state);
  void prepare_replays(CUcontext context);
  bool work_beside(const GpuRecord& record, CUcontext context);
  void plan_replay(Call& state);
  void wait_for_replay(Lock& lock, CUcontext context);
  void keep_buffers(Call& state);
  bool copy_buffers(const Call& state, ReplayCopy what, bool back);
  void replay(Lock& lock, Call& state);
  bool launch_again(const Call& state);
  void tell_replays(const GpuRecord& record);

  // gpu_drain.cc
  bool settled(GpuRecord& record);
  bool sound(const GpuRecord& record, const Touch& touch) const;
  void write(GpuRecord& record);
  void retire(GpuRecord& record);
  void destroy(GpuRecord& record);

  const DriverTable& driver_;
  DigestDevice& device_;
  Sink& sink_;
  Clock& clock_;
  std::pmr::memory_resource* memory_;
  GpuSettings settings_;
  ModuleTable modules_;

  std::atomic<bool> abandoned_{false}, told_{false};
  std::atomic<bool> layouts_stale_{false};  // code was unloaded

  std::mutex lock_;       // guards everything below
  std::mutex writing_;    // one drain at a time
  AllocationMap allocations_;
  HeldAddresses addresses_;
  StreamOrder order_;
  StreamOrder capture_order_;  // of captured work, by the same streams: nothing but events orders it
  bool captures_ = false;      // there was some
  StreamTable streams_;
  TensorMaps maps_;
  CellTable cells_;
  BufferStates buffers_;
  GraphTable graphs_;
  GpuCoverage coverage_;
  std::pmr::unordered_map<CUfunction, LayoutAnswer> layouts_;
  std::pmr::unordered_map<uint64_t, Call> calls_;  // by thread
  enum class Prepared : uint8_t { kUnderWay, kDone };
  std::pmr::map<CUcontext, Prepared> prepared_;
  std::pmr::set<std::pmr::string> names_;
  std::pmr::deque<GpuRecord*> records_;
  std::pmr::map<CUcontext, ContextWork> contexts_;
  std::pmr::map<CUcontext, CUevent> sweep_ends_;  // of the last sweep
  std::pmr::map<uint32_t, bool> touched_;  // allocations reached since the last sweep
  struct Swept {
    kernels::Digest digest;  // at the last sweep
    CUcontext context;
    bool written = false;    // by work seen, or seen to change
  };
  std::pmr::map<uint32_t, Swept> swept_;
  uint64_t next_number_ = 1;
  uint64_t graph_digests_due_ = 0;
  bool graphs_lost_ = false;  // which run of a graph a digest is of is not known any more
  uint64_t next_submission_ = 0;
  Submission* submissions_ = nullptr;  // under way
  // By stream, its last piece of work whose end no digest tells.
  std::pmr::map<StreamId, uint64_t> undigested_;
  std::pmr::map<CUcontext, CUdeviceptr> replay_memory_;   // for copies; 0: none could be had
  std::pmr::unordered_map<uint64_t, unsigned> replayed_;  // by shape of launch
  std::pmr::map<std::pmr::string, std::pmr::map<Seen, uint64_t>> refused_;  // by kernel
  // A context, and one whose memory it may read.
  std::pmr::set<std::pair<CUcontext, CUcontext>> peers_;
  std::pmr::set<uint64_t> foreign_handles_;  // of memory that others gave
  struct Green {  // a part of a device, and as a context when it was asked for as one
    CUcontext primary, context;
  };
  std::pmr::map<CUgreenCtx, Green> green_;
  std::pmr::map<CUcontext, CUcontext> primary_of_;
  CUcontext replaying_ = nullptr;  // one at a time
  bool finished_ = false;
};

}  // namespace detaudit::instrument::cupti
