#include "instrument/cupti/digest_ring.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>

#include "instrument/cupti/capture_mode.h"

namespace detaudit::instrument::cupti {

using kernels::cuda::DigestLaunch;
using kernels::cuda::DigestMeeting;
using kernels::cuda::DigestSlot;

DigestRing::DigestRing(const DriverTable& driver, std::span<const unsigned char> module,
                       uint32_t slots, std::pmr::memory_resource* memory)
    : driver_(driver),
      module_(module),
      cells_(slots),
      places_(slots * 2),  // a launch's places lie in a row: some stay empty at the ring's end
      memory_(memory),
      contexts_(memory),
      spare_(memory),
      place_(places_, memory),
      place_of_(slots, memory),
      captured_(memory) {}

bool DigestRing::ready(CUcontext context) const noexcept {
  std::lock_guard lock(lock_);
  return contexts_.contains(context);
}

// Memory of our own: a digest may be read when its context is gone.
const char* DigestRing::map_ring(Context& context) noexcept {
  const size_t bytes = ring_slots() * sizeof(DigestSlot);
  {
    std::lock_guard lock(lock_);
    if (!spare_.empty()) {
      context.ring = spare_.back();
      spare_.pop_back();
    }
  }
  if (!context.ring) {
    void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return "no memory left for the GPU's digests";
    context.ring = static_cast<DigestSlot*>(pages);
  }
  std::memset(static_cast<void*>(context.ring + places_), 0, kGraphSlots * sizeof(DigestSlot));
  const CUresult result = driver_.cuMemHostRegister(
      context.ring, bytes, CU_MEMHOSTREGISTER_PORTABLE | CU_MEMHOSTREGISTER_DEVICEMAP);
  if (result != CUDA_SUCCESS && result != CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED)
    return "the driver would not pin memory for the GPU's digests";
  if (driver_.cuMemHostGetDevicePointer(&context.ring_there, context.ring, 0) != CUDA_SUCCESS)
    return "the GPU does not see the memory pinned for its digests";
  return nullptr;
}

// Not at its first launch: code is loaded while the device has nothing else to do.
const char* DigestRing::load_kernel(Context& context) noexcept {
  CUmodule module = nullptr;
  CUresult result = driver_.cuModuleLoadData(&module, module_.data());
  if (result == CUDA_SUCCESS)
    result =
        driver_.cuModuleGetFunction(&context.kernel, module, kernels::cuda::kDigestKernel);
  if (result == CUDA_SUCCESS) result = driver_.cuFuncLoad(context.kernel);
  if (result == CUDA_SUCCESS) return nullptr;
  if (result == CUDA_ERROR_NO_BINARY_FOR_GPU || result == CUDA_ERROR_UNSUPPORTED_PTX_VERSION)
    return "the digest kernel was not compiled for this GPU";
  thread_local char why[80];
  std::snprintf(why, sizeof why, "the driver would not load the digest kernel (error %d)",
                static_cast<int>(result));
  return why;
}

// By a stream of our own: what the subject's do is nothing to wait for, and may be captured.
CUdeviceptr DigestRing::zeroed_memory(size_t bytes) noexcept {
  CUdeviceptr memory = 0;
  CUstream stream = nullptr;
  if (driver_.cuMemAlloc(&memory, bytes) != CUDA_SUCCESS ||
      driver_.cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING) != CUDA_SUCCESS)
    return 0;
  const bool zeroed = driver_.cuMemsetD8Async(memory, 0, bytes, stream) == CUDA_SUCCESS &&
                      driver_.cuStreamSynchronize(stream) == CUDA_SUCCESS;
  driver_.cuStreamDestroy(stream);
  return zeroed ? memory : 0;
}

const char* DigestRing::prepare(CUcontext context) noexcept {
  RelaxedCapture relaxed(driver_);
  if (module_.empty()) return "this build has no digest kernel for GPUs (it was made without CUDA)";
  Context made{};
  if (const char* why = map_ring(made)) return why;
  if (const char* why = load_kernel(made)) return why;
  const size_t meetings = places_ * sizeof(DigestMeeting);
  made.meetings = zeroed_memory(meetings + 64);
  if (!made.meetings) return "no device memory left for digests";
  made.next_slot = made.meetings + meetings;
  try {
    std::lock_guard lock(lock_);
    contexts_.insert_or_assign(context, made);
    return nullptr;
  } catch (...) {
    return "no memory left for the GPU's digests";
  }
}

// What was under way comes no more.
void DigestRing::forget(CUcontext context) noexcept {
  std::lock_guard lock(lock_);
  const auto found = contexts_.find(context);
  if (found == contexts_.end()) return;
  DigestSlot* ring = found->second.ring;
  for (Place& place : place_)
    if (place.ticket && place.slot >= ring && place.slot < ring + places_) place.ticket = 0;
  contexts_.erase(found);
  try {
    spare_.push_back(ring);
  } catch (...) {
  }
}

// `count` places in a row. Places come back in any order; the ring moves on past those that did.
bool DigestRing::take_places(uint32_t count, uint32_t& first) {
  while (tail_ < head_ && place_[tail_ % places_].ticket == 0) ++tail_;
  uint64_t at = head_;
  if (at % places_ + count > places_) at += places_ - at % places_;
  if (at + count - tail_ > places_) return false;
  for (uint64_t skipped = head_; skipped < at; ++skipped) place_[skipped % places_].ticket = 0;
  head_ = at + count;
  first = static_cast<uint32_t>(at % places_);
  return true;
}

void DigestRing::give_places(uint32_t first, uint32_t count) {
  std::lock_guard lock(lock_);
  for (uint32_t i = 0; i < count; ++i) place_[first + i].ticket = 0;
}

bool DigestRing::launch(const Context& context, CUstream stream,
                        DigestLaunch& parameters) noexcept {
  const uint32_t blocks = kernels::cuda::plan_digest(parameters);
  if (blocks == 0) return false;
  void* arguments[] = {&parameters};
  return driver_.cuLaunchKernel(context.kernel, blocks, 1, 1, kernels::cuda::kDigestThreads, 1, 1, 0,
                                stream, arguments, nullptr) == CUDA_SUCCESS;
}

size_t DigestRing::enqueue(CUcontext handle, CUstream stream,
                           std::span<const DigestJob> jobs) noexcept {
  size_t done = 0;
  while (done < jobs.size()) {
    const auto batch = jobs.subspan(
        done, std::min<size_t>(jobs.size() - done, kernels::cuda::kDigestBuffers));
    if (!enqueue_batch(handle, stream, batch)) break;
    done += batch.size();
  }
  return done;
}

bool DigestRing::enqueue_batch(CUcontext handle, CUstream stream,
                               std::span<const DigestJob> batch) noexcept {
  const auto count = static_cast<uint32_t>(batch.size());
  DigestLaunch parameters{};
  Context context;
  uint32_t first = 0;
  {
    std::lock_guard lock(lock_);
    auto found = contexts_.find(handle);
    if (found == contexts_.end() || !take_places(count, first)) return false;
    context = found->second;
    parameters.ticket = ++tickets_;
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t cell = batch[i].slot;
      Place& former = place_[place_of_[cell]];  // of a digest that nobody waited for
      if (former.cell == cell) former.ticket = 0;
      place_[first + i] = {parameters.ticket, cell, context.ring + first + i};
      place_of_[cell] = first + i;
      parameters.buffers[i] = {reinterpret_cast<const void*>(batch[i].address), batch[i].bytes};
    }
  }
  parameters.count = count;
  parameters.meetings =
      reinterpret_cast<DigestMeeting*>(context.meetings + first * sizeof(DigestMeeting));
  parameters.slots = reinterpret_cast<DigestSlot*>(context.ring_there) + first;
  if (launch(context, stream, parameters)) return true;
  give_places(first, count);
  return false;
}

bool DigestRing::capture(CUcontext handle, CUstream stream,
                         std::span<const DigestJob> jobs) noexcept {
  while (!jobs.empty()) {
    const auto batch = jobs.first(std::min<size_t>(jobs.size(), kernels::cuda::kDigestBuffers));
    if (!capture_batch(handle, stream, batch)) return false;
    jobs = jobs.subspan(batch.size());
  }
  return true;
}

// Each captured job meets by itself, as graphs may run side by side.
bool DigestRing::make_graph_room(CUcontext handle, size_t jobs) noexcept {
  {
    std::lock_guard lock(lock_);
    const auto found = contexts_.find(handle);
    if (found == contexts_.end()) return false;
    if (found->second.graph_blocks && found->second.graph_jobs + jobs <= kCapturedJobs) return true;
    if (found->second.graph_blocks >= kMostBlocks) return false;
  }
  RelaxedCapture relaxed(driver_);
  const CUdeviceptr memory = zeroed_memory(kCapturedJobs * sizeof(DigestMeeting));
  if (!memory) return false;
  std::lock_guard lock(lock_);
  const auto found = contexts_.find(handle);
  if (found == contexts_.end()) return false;
  ++found->second.graph_blocks;
  found->second.graph_meetings = memory;
  found->second.graph_jobs = 0;
  return true;
}

bool DigestRing::capture_batch(CUcontext handle, CUstream stream,
                               std::span<const DigestJob> batch) noexcept {
  const auto count = static_cast<uint32_t>(batch.size());
  if (!make_graph_room(handle, count)) return false;
  DigestLaunch parameters{};
  Context context;
  try {
    std::lock_guard lock(lock_);
    auto found = contexts_.find(handle);
    if (found == contexts_.end() || found->second.graph_jobs + count > kCapturedJobs) return false;
    parameters.ticket = ++tickets_;
    auto& numbers = captured_.try_emplace(parameters.ticket).first->second;
    for (uint32_t i = 0; i < count; ++i) {
      numbers.push_back(batch[i].slot);
      parameters.buffers[i] = {reinterpret_cast<const void*>(batch[i].address), batch[i].bytes};
    }
    context = found->second;
    found->second.graph_jobs += count;
  } catch (...) {
    return false;
  }
  parameters.count = count;
  parameters.meetings = reinterpret_cast<DigestMeeting*>(
      context.graph_meetings + context.graph_jobs * sizeof(DigestMeeting));
  parameters.slots = reinterpret_cast<DigestSlot*>(context.ring_there) + places_;
  parameters.next_slot = reinterpret_cast<uint64_t*>(context.next_slot);
  parameters.slot_mask = kGraphSlots - 1;
  return launch(context, stream, parameters);
}

// A cell that waits may have no job yet: its place is another's by now.
bool DigestRing::poll(uint32_t cell, kernels::Digest& digest) noexcept {
  std::lock_guard lock(lock_);
  Place& place = place_[place_of_[cell]];
  if (place.ticket == 0 || place.cell != cell) return false;
  const DigestSlot& slot = *place.slot;
  if (std::atomic_ref<uint64_t>(const_cast<uint64_t&>(slot.ticket)).load(std::memory_order_acquire) != place.ticket)
    return false;
  digest = {slot.low, slot.high};
  place.ticket = 0;
  return true;
}

// Where a digest is not the next one of its ring, others were written over before they were read.
bool DigestRing::poll_graph(GraphDigest& digest) noexcept {
  std::lock_guard lock(lock_);
  for (auto& [handle, context] : contexts_) {
    if (context.graphs_lost) continue;
    DigestSlot& slot = context.ring[places_ + context.graph_tail % kGraphSlots];
    std::atomic_ref<uint64_t> ticket(slot.ticket);
    const uint64_t of = ticket.load(std::memory_order_acquire);
    if (of == 0) continue;
    const uint64_t number = slot.buffer >> kernels::cuda::kDigestBufferBits;
    const uint64_t buffer = slot.buffer & ((1u << kernels::cuda::kDigestBufferBits) - 1);
    context.graphs_lost = number != context.graph_tail;
    auto found = captured_.find(of);
    digest.node = found != captured_.end() && buffer < found->second.size()
                      ? found->second[buffer]
                      : 0;
    digest.digest = {slot.low, slot.high};
    digest.lost = context.graphs_lost;
    ticket.store(0, std::memory_order_release);
    ++context.graph_tail;
    return true;
  }
  return false;
}

}  // namespace detaudit::instrument::cupti
