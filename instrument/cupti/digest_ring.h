#pragma once

#include <deque>
#include <map>
#include <memory_resource>
#include <mutex>
#include <span>
#include <vector>

#include "instrument/cupti/digest_device.h"
#include "instrument/cupti/driver_table.h"
#include "kernels/cuda/digest_launch.h"

namespace detaudit::instrument::cupti {

// Digests by our kernel (kernels/cuda/digest_launch.h), launched through the driver behind the
// subject's own work. Results come by a ring in host memory, one a context, since what a context
// pinned ends with it; nobody waits. Memory a context: 64 bytes a slot on the device and on the
// host, 2 MiB more there, and on the device 1 MiB for every kCapturedJobs that graphs hold.
class DigestRing final : public DigestDevice {
 public:
  // `module`: the kernel as a fat binary. slots: a power of two.
  DigestRing(const DriverTable& driver, std::span<const unsigned char> module, uint32_t slots,
             std::pmr::memory_resource* memory);

  uint32_t slots() const noexcept override { return cells_; }
  const char* prepare(CUcontext context) noexcept override;
  bool ready(CUcontext context) const noexcept override;
  void forget(CUcontext context) noexcept override;
  size_t enqueue(CUcontext context, CUstream stream,
                 std::span<const DigestJob> jobs) noexcept override;
  bool capture(CUcontext context, CUstream stream,
               std::span<const DigestJob> jobs) noexcept override;
  bool poll(uint32_t slot, kernels::Digest& digest) noexcept override;
  bool poll_graph(GraphDigest& digest) noexcept override;
  uint32_t graph_slots() const noexcept override { return kGraphSlots; }

 private:
  static constexpr uint32_t kGraphSlots = 1 << 16;
  static constexpr uint32_t kCapturedJobs = 1 << 15;
  static constexpr uint32_t kMostBlocks = 32;

  struct Context {
    CUfunction kernel;
    CUdeviceptr meetings;        // [places_]
    CUdeviceptr next_slot;       // one counter: the graph ring's, on the device
    CUdeviceptr graph_meetings;  // [kCapturedJobs], the newest block of them
    uint32_t graph_blocks, graph_jobs;  // so far; of the newest block those that are taken
    bool graphs_lost;                   // digests came faster than they were read
    kernels::cuda::DigestSlot* ring;  // [places_], then [kGraphSlots]
    CUdeviceptr ring_there;           // as the device names it
    uint64_t graph_tail;              // digests of captured jobs read so far
  };
  // Of every ring: numbers are given out once for all contexts.
  struct Place {
    uint64_t ticket = 0;  // of the launch that fills it; 0: free
    uint32_t cell = 0;    // whose digest it is
    const kernels::cuda::DigestSlot* slot = nullptr;
  };

  size_t ring_slots() const { return size_t{places_} + kGraphSlots; }
  const char* map_ring(Context& context) noexcept;
  const char* load_kernel(Context& context) noexcept;
  CUdeviceptr zeroed_memory(size_t bytes) noexcept;  // 0: there is none
  bool take_places(uint32_t count, uint32_t& first);
  void give_places(uint32_t first, uint32_t count);
  // One launch's jobs.
  bool enqueue_batch(CUcontext handle, CUstream stream, std::span<const DigestJob> batch) noexcept;
  bool capture_batch(CUcontext handle, CUstream stream, std::span<const DigestJob> batch) noexcept;
  bool make_graph_room(CUcontext handle, size_t jobs) noexcept;
  bool launch(const Context& context, CUstream stream,
              kernels::cuda::DigestLaunch& parameters) noexcept;

  const DriverTable& driver_;
  std::span<const unsigned char> module_;
  uint32_t cells_, places_;
  std::pmr::memory_resource* memory_;

  mutable std::mutex lock_;  // never held across a driver call
  std::pmr::map<CUcontext, Context> contexts_;
  std::pmr::vector<kernels::cuda::DigestSlot*> spare_;  // rings of contexts that ended
  std::pmr::vector<Place> place_;
  std::pmr::vector<uint32_t> place_of_;              // by cell
  std::pmr::map<uint64_t, std::pmr::vector<uint32_t>> captured_;  // jobs of a captured launch
  uint64_t tickets_ = 0;
  uint64_t head_ = 0, tail_ = 0;                     // places given out, and back, in order
};

}  // namespace detaudit::instrument::cupti
