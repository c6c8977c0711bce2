#include "instrument/cupti/kernel_parameters.h"

#include <algorithm>
#include <cstring>

#include "kernels/digest.h"

namespace detaudit::instrument::cupti {
namespace {

constexpr size_t kMostParameterBytes = size_t{64} << 10;

uint64_t content_hash(const void* map) { return kernels::digest(map, TensorMaps::kBytes).low; }

template <typename Ask>
bool ask_all(const Ask& ask, ParameterLayout& places) {
  places.clear();
  for (size_t index = 0;; ++index) {
    ParameterPlace place{};
    const CUresult result = ask(index, &place.offset, &place.bytes);
    if (result == CUDA_ERROR_INVALID_VALUE) return true;  // past the last
    if (result != CUDA_SUCCESS || place.offset + place.bytes > kMostParameterBytes) return false;
    places.push_back(place);
  }
}

size_t total_bytes(const ParameterLayout& places) {
  size_t bytes = 0;
  for (const ParameterPlace& place : places) bytes = std::max(bytes, place.offset + place.bytes);
  return bytes;
}

// The launch gave one buffer of packed parameters.
bool read_extra(void** extra, std::pmr::vector<std::byte>& bytes) {
  const void* buffer = nullptr;
  size_t size = 0;
  for (size_t i = 0; i < 16 && extra[i] != CU_LAUNCH_PARAM_END; i += 2) {
    if (extra[i] == CU_LAUNCH_PARAM_BUFFER_POINTER)
      buffer = extra[i + 1];
    else if (extra[i] == CU_LAUNCH_PARAM_BUFFER_SIZE)
      size = *static_cast<const size_t*>(extra[i + 1]);
    else
      return false;
  }
  if (size > kMostParameterBytes || (size && !buffer)) return false;
  bytes.resize(size);
  if (size) std::memcpy(bytes.data(), buffer, size);
  return true;
}

}  // namespace

LayoutAnswer ask_layout(const DriverTable& driver, CUfunction function,
                        std::pmr::memory_resource* memory) {
  LayoutAnswer answer{ParameterLayout(memory), false};
  answer.known = ask_all(
      [&](size_t index, size_t* offset, size_t* bytes) {
        return driver.cuFuncGetParamInfo(function, index, offset, bytes);
      },
      answer.places);
  if (answer.known && !answer.places.empty()) return answer;
  // A kernel without parameters answers as a handle that is none: the other kind is asked too.
  ParameterLayout places(memory);
  const bool kernel = ask_all(
      [&](size_t index, size_t* offset, size_t* bytes) {
        return driver.cuKernelGetParamInfo(reinterpret_cast<CUkernel>(function), index, offset,
                                           bytes);
      },
      places);
  if (kernel && (!places.empty() || !answer.known)) {
    answer.places = std::move(places);
    answer.known = true;
  }
  return answer;
}

bool read_parameters(const LaunchAction& launch, const LayoutAnswer& layout,
                     std::pmr::vector<std::byte>& bytes) {
  bytes.clear();
  // Neither: it has none, or they were set by calls of their own.
  if (!launch.parameters)
    return launch.extra ? read_extra(launch.extra, bytes) : layout.known && layout.places.empty();
  if (!layout.known) return false;
  bytes.resize(total_bytes(layout.places));
  for (size_t i = 0; i < layout.places.size(); ++i) {
    const ParameterPlace& place = layout.places[i];
    if (!launch.parameters[i]) return false;
    std::memcpy(bytes.data() + place.offset, launch.parameters[i], place.bytes);
  }
  return true;
}

void TensorMaps::add(const void* map, uint64_t address) {
  if (address_of_.size() >= kMost) address_of_.clear();
  address_of_.insert_or_assign(content_hash(map), address);
}

uint64_t TensorMaps::find(const void* map) const {
  if (address_of_.empty()) return 0;
  auto found = address_of_.find(content_hash(map));
  return found == address_of_.end() ? 0 : found->second;
}

void find_pointers(std::span<std::byte> bytes, const AllocationMap& allocations,
                   const TensorMaps& maps, std::pmr::vector<FoundPointer>& found) {
  found.clear();
  size_t at = 0;
  while (at + sizeof(uint64_t) <= bytes.size()) {
    // A tensor map lies on 64 bytes.
    if (at % 64 == 0 && at + TensorMaps::kBytes <= bytes.size()) {
      if (uint64_t address = maps.find(bytes.data() + at)) {
        if (allocations.find(address)) found.push_back({address, static_cast<uint32_t>(at)});
        std::memset(bytes.data() + at, 0, TensorMaps::kBytes);
        at += TensorMaps::kBytes;
        continue;
      }
    }
    uint64_t word;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if (word && allocations.find(word)) {
      found.push_back({word, static_cast<uint32_t>(at)});
      std::memset(bytes.data() + at, 0, sizeof word);
    }
    at += sizeof word;
  }
}

}  // namespace detaudit::instrument::cupti
