// A program of many launches of which one, in the middle, may be another in each run. Arguments:
// what, and how many launches (400).
//   clean      the one adds in order: the same bytes each time
//   atomic     it adds floats as they arrive
//   hidden     it does so to memory that it was not given: it knows the address from elsewhere
//   overwrite  it does so to memory that the next launch clears
//   turns      each run in the folder has another launch that disturbs the memory (see the file
//              `turn`)
//   threads    two threads launch, each on memory of its own
//   late       another thread launches in the middle, in every other run of the folder before all else
//   swapped    two threads launch, one after the other: in every other run the second comes first
#include <cuda.h>
#include <x86intrin.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <future>
#include <latch>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/subjects/cuda/figures.h"
#include "tests/subjects/gpu/soft_cuda.h"

namespace {

constexpr unsigned kSums = 256, kBlocks = 512;

float part(unsigned block, unsigned sum) {
  return static_cast<float>((block * 2654435761u + sum * 40503u) % 100003) * 1e-3f;
}

void add_block(float* sums, unsigned block) {
  for (unsigned i = 0; i < kSums; ++i) {
    const unsigned sum = (i + block) % kSums;
    sums[sum] += part(block, sum);
  }
}

void add_ordered(const void* parameters, unsigned) {
  float* sums = *static_cast<float* const*>(parameters);
  for (unsigned block = 0; block < kBlocks; ++block) add_block(sums, block);
}

// Blocks in an order that the clock of the processor decides, as a GPU's scheduler would: it is
// never the same, and nothing that an audit can hold still makes it so.
void add_as_they_arrive(float* sums) {
  std::vector<unsigned> blocks(kBlocks);
  std::iota(blocks.begin(), blocks.end(), 0u);
  std::shuffle(blocks.begin(), blocks.end(), std::minstd_rand(static_cast<unsigned>(__rdtsc())));
  for (unsigned block : blocks) add_block(sums, block);
}

void add_atomic(const void* parameters, unsigned) {
  add_as_they_arrive(*static_cast<float* const*>(parameters));
}

float* g_known = nullptr;
void add_to_known(const void*, unsigned) { add_as_they_arrive(g_known); }

struct StepArguments {
  float* data;
  unsigned number;
};
unsigned g_disturbed = ~0u;

// x = x * 0.99 + number; in `turns` one launch of a run adds a little more.
void step(const void* parameters, unsigned) {
  const auto& p = *static_cast<const StepArguments*>(parameters);
  const float more = p.number == g_disturbed ? 0.125f : 0.0f;
  for (unsigned i = 0; i < kSums; ++i)
    p.data[i] = p.data[i] * 0.99f + static_cast<float>(p.number) + more;
}

void check(CUresult result) {
  if (result != CUDA_SUCCESS) std::exit(3);
}

struct Kernels {
  CUfunction step, one;
};

void launch(CUfunction function, std::vector<void*> parameters) {
  check(cuLaunchKernel(function, 1, 1, 1, 32, 1, 1, 0, nullptr, parameters.data(), nullptr));
}

// The how-manieth run of this folder, from 0.
unsigned take_turn() {
  unsigned turn = 0;
  std::ifstream("turn") >> turn;
  std::ofstream("turn") << turn + 1;
  return turn;
}

// Steps on memory of its own, numbered from `from`.
void step_from(const Kernels& kernels, unsigned from, unsigned launches,
               const std::function<void(unsigned)>& before = [](unsigned) {}) {
  CUdeviceptr data;
  check(cuMemAlloc(&data, kSums * sizeof(float)));
  check(cuMemsetD8(data, 0, kSums * sizeof(float)));
  for (unsigned i = 0; i < launches; ++i) {
    before(i);
    unsigned number = from + i;
    launch(kernels.step, {&data, &number});
  }
}

// Another thread does all its work at once before the first of these launches, or in their middle.
void launch_beside(const Kernels& kernels, unsigned launches, bool early) {
  step_from(kernels, 0, launches, [&](unsigned i) {
    if (i == (early ? 0 : launches / 2)) std::thread([&] { step_from(kernels, 1000, 100); }).join();
  });
  check(cuCtxSynchronize());
}

// Two threads, always born in one order, do all their work at once, one after the other.
void launch_in_turn(const Kernels& kernels, unsigned launches, bool second_first) {
  std::promise<void> go[2];
  std::thread threads[2];
  for (unsigned i = 0; i < 2; ++i)
    threads[i] = std::thread([&, i] {
      go[i].get_future().wait();
      step_from(kernels, 1000 * i, launches);
    });
  for (const unsigned i : {second_first ? 1u : 0u, second_first ? 0u : 1u}) {
    go[i].set_value();
    threads[i].join();
  }
  check(cuCtxSynchronize());
}

void train(const std::string& what, const Kernels& kernels, unsigned launches) {
  CUdeviceptr data, sums, other;
  for (CUdeviceptr* memory : {&data, &sums, &other}) {
    check(cuMemAlloc(memory, kSums * sizeof(float)));
    check(cuMemsetD8(*memory, 0, kSums * sizeof(float)));
  }
  if (what == "hidden") g_known = reinterpret_cast<float*>(sums);
  const Figures figures(0);
  for (unsigned i = 0; i < launches; ++i) {
    if (i != launches / 2) {
      launch(kernels.step, {&data, &i});
      continue;
    }
    launch(kernels.one, {what == "hidden" ? &other : &sums});
    if (what == "overwrite") check(cuMemsetD8(sums, 0, kSums * sizeof(float)));
  }
  float first;
  check(cuMemcpyDtoH(&first, data, sizeof first));
  check(cuCtxSynchronize());
  figures.end(launches, 3 * kSums * sizeof(float));
  if (what != "threads" && what != "printed") std::printf("%a\n", static_cast<double>(first));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "clean";
  const unsigned launches = argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 400;
  const size_t pointer[] = {8}, step_sizes[] = {8, 4};
  soft_define_kernel("_Z11add_orderedPf", add_ordered, pointer, 1);
  soft_define_kernel("_Z10add_atomicPf", add_atomic, pointer, 1);
  soft_define_kernel("_Z12add_to_knownPf", add_to_known, pointer, 1);
  soft_define_kernel("_Z4stepPfj", step, step_sizes, 2);
  check(cuInit(0));
  CUmodule module;
  check(cuModuleLoadData(&module, "no device code"));
  const char* one = what == "atomic" || what == "overwrite" ? "_Z10add_atomicPf"
                    : what == "hidden"                      ? "_Z12add_to_knownPf"
                                                            : "_Z11add_orderedPf";
  Kernels kernels;
  check(cuModuleGetFunction(&kernels.step, module, "_Z4stepPfj"));
  check(cuModuleGetFunction(&kernels.one, module, one));
  if (what == "turns") g_disturbed = take_turn() % 6 * 64 + 5;
  if (what == "printed") std::printf("%llu\n", static_cast<unsigned long long>(__rdtsc()));
  if (what == "late" || what == "swapped") {
    const bool other_way = take_turn() % 2;
    (what == "late" ? launch_beside : launch_in_turn)(kernels, launches, other_way);
    return 0;
  }
  if (what != "threads" && what != "printed") {
    train(what, kernels, launches);
    return 0;
  }
  std::latch both(2);  // else one may be done before the other was born
  const auto train_beside = [&] {
    both.arrive_and_wait();
    train(what, kernels, launches);
  };
  std::thread other(train_beside);
  train_beside();
  other.join();
  return 0;
}
