#include "tests/subjects/gpu/soft_kernels.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <numeric>
#include <random>
#include <vector>

#include "tests/subjects/gpu/soft_cuda.h"

namespace {

struct SumArguments {
  const float* in;
  float* out;
  uint64_t elements;
};

float part(const float* in, size_t from, size_t to) {
  float sum = 0;
  for (size_t i = from; i < to; ++i) sum += in[i];
  return sum;
}

void ordered_sum(const void* parameters, unsigned blocks) {
  const auto& p = *static_cast<const SumArguments*>(parameters);
  const size_t each = p.elements / blocks;
  for (unsigned block = 0; block < blocks; ++block)
    *p.out += part(p.in, block * each, (block + 1) * each);
}

void backward_sum(const void* parameters, unsigned blocks) {
  const auto& p = *static_cast<const SumArguments*>(parameters);
  const size_t each = p.elements / blocks;
  for (unsigned block = blocks; block-- > 0;)
    *p.out += part(p.in, block * each, (block + 1) * each);
}

// In which order blocks come is the device's affair: nothing that the host can hold still decides
// it.
std::vector<unsigned> arrival(unsigned blocks) {
  std::vector<unsigned> order(blocks);
  std::iota(order.begin(), order.end(), 0u);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(__builtin_ia32_rdtsc()));
  return order;
}

// Blocks add their parts as they come.
void atomic_sum(const void* parameters, unsigned blocks) {
  const auto& p = *static_cast<const SumArguments*>(parameters);
  const size_t each = p.elements / blocks;
  for (unsigned block : arrival(blocks)) *p.out += part(p.in, block * each, (block + 1) * each);
}

// Blocks before the first one that has come late are summed apart.
void look_back(const void* parameters, unsigned blocks) {
  const auto& p = *static_cast<const SumArguments*>(parameters);
  const size_t each = p.elements / blocks, late = arrival(blocks)[0];
  const float before = part(p.in, 0, late * each);
  *p.out = before + part(p.in, late * each, blocks * each);
}

void last_writer(const void* parameters, unsigned blocks) {
  const auto& p = *static_cast<const SumArguments*>(parameters);
  *p.out = p.in[arrival(blocks).back() * (p.elements / blocks)];
}

struct ScaleArguments {
  float* data;
  float factor;
};
void scale(const void* parameters, unsigned) {
  const auto& p = *static_cast<const ScaleArguments*>(parameters);
  for (size_t i = 0; i < kElements; ++i) p.data[i] *= p.factor;
}

void keep_address(const void* parameters, unsigned) {
  void* const at = *static_cast<void* const*>(parameters);
  *static_cast<void**>(at) = at;
}

}  // namespace

void define_kernels() {
  const size_t sum_sizes[] = {8, 8, 8}, scale_sizes[] = {8, 4};
  soft_define_kernel("_Z11ordered_sumPKfPfm", ordered_sum, sum_sizes, 3);
  soft_define_kernel("_Z12backward_sumPKfPfm", backward_sum, sum_sizes, 3);
  soft_define_kernel("_Z10atomic_sumPKfPfm", atomic_sum, sum_sizes, 3);
  soft_define_kernel("_Z12stateful_sumPKfPfm", atomic_sum, sum_sizes, 3);
  soft_define_kernel("_Z9look_backPKfPfmPVjPVf", look_back, sum_sizes, 3);
  soft_define_kernel("_Z11last_writerPKfPfm", last_writer, sum_sizes, 3);
  soft_define_kernel("_Z5drawnPKfPfm", last_writer, sum_sizes, 3);
  soft_define_kernel("_Z5scalePff", scale, scale_sizes, 2);
  soft_define_kernel("_Z12keep_addressPPv", keep_address, sum_sizes, 1);
}

std::string read_code() {
  std::ifstream file(GPU_TRAINING_CODE, std::ios::binary);
  std::string code{std::istreambuf_iterator<char>(file), {}};
  return code.empty() ? "no device code" : code;
}
