#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <unordered_map>
#include <vector>

#include "instrument/cupti/action.h"
#include "instrument/cupti/allocation_map.h"
#include "instrument/cupti/driver_table.h"

namespace detaudit::instrument::cupti {

struct ParameterPlace {
  size_t offset, bytes;
};
using ParameterLayout = std::pmr::vector<ParameterPlace>;

// Where a kernel's parameters lie, asked of the driver: a launch may name a CUfunction or a CUkernel
// cast to one. Empty with `known` false when it does not know the handle. Makes driver calls.
struct LayoutAnswer {
  ParameterLayout places;
  bool known = false;
};
LayoutAnswer ask_layout(const DriverTable& driver, CUfunction function,
                        std::pmr::memory_resource* memory);

// The bytes of all parameters of one launch, laid out as the kernel sees them.
// False: they are given in a way that cannot be read.
bool read_parameters(const LaunchAction& launch, const LayoutAnswer& layout,
                     std::pmr::vector<std::byte>& bytes);

// TMA descriptors (cuTensorMapEncode*): what their 128 bytes stand for is the address they were
// made of. Keyed by content; the newest `kMost` are kept. Not thread-safe.
class TensorMaps {
 public:
  static constexpr size_t kBytes = 128;
  static constexpr size_t kMost = 65536;
  explicit TensorMaps(std::pmr::memory_resource* memory) : address_of_(memory) {}
  void add(const void* map, uint64_t address);
  uint64_t find(const void* map) const;  // 0: not one that we saw made

 private:
  std::pmr::unordered_map<uint64_t, uint64_t> address_of_;
};

// A device address found in a launch's parameters.
struct FoundPointer {
  uint64_t address;
  uint32_t offset;  // of the word or descriptor in the parameters
};

// Every 8-byte word of the parameters that is an address of mapped memory, structs and lists of
// tensors included, and every tensor map. Each is cut out of `bytes` (set to 0), so that what is left
// does not depend on where things lie.
void find_pointers(std::span<std::byte> bytes, const AllocationMap& allocations,
                   const TensorMaps& maps, std::pmr::vector<FoundPointer>& found);

}  // namespace detaudit::instrument::cupti
