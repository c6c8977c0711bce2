#include "auditor/workload/seeding.h"

namespace detaudit::workload {
namespace {

// splitmix64's finaliser: neighbouring seeds give unrelated streams.
uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

}  // namespace

uint64_t Seeding::derive(std::string_view stream) const {
  uint64_t state = mix(seed_ + 0x9e3779b97f4a7c15u);
  for (unsigned char c : stream) state = mix(state + c + 0x9e3779b97f4a7c15u);
  return state;
}

kernels::Philox Seeding::philox(std::string_view stream) const {
  return kernels::philox_stream(derive(stream), 0);
}

std::mt19937 Seeding::engine(std::string_view stream) const {
  const uint64_t seed = derive(stream);
  std::seed_seq words{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  return std::mt19937(words);
}

}  // namespace detaudit::workload
