#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cuda/atomic>

namespace cg = cooperative_groups;
using DeviceFloat = cuda::atomic<float, cuda::thread_scope_device>;

__global__ void atomics(DeviceFloat* total, float* plain, cuda::atomic<int>* count, double* d) {
  total->fetch_add(1.0f);  // expect: DET204, replacement: sum/deterministic
  *total += 2.0f;          // expect: DET204, replacement: sum/deterministic
  cuda::atomic_ref<float, cuda::thread_scope_block> reference(*plain);
  reference.fetch_add(1.0f);                     // expect: DET204
  cuda::atomic_ref<double>(*d).fetch_sub(1.0);   // expect: DET204
  count->fetch_add(1);
  total->store(1.0f);
  (void)total->exchange(2.0f);
  float old = total->load();
  while (!total->compare_exchange_weak(old, old + 1.0f)) {  // expect: DET202, replacement: sum/deterministic
  }
}

__global__ void groups(cuda::atomic<float>& total, cuda::atomic<int>& count, float value) {
  auto tile = cg::tiled_partition<32>(cg::this_thread_block());
  cg::reduce_update_async(tile, total, value, cg::plus<float>());  // expect: DET205, replacement: sum/deterministic
  cg::reduce_update_async(tile, count, 1, cg::plus<int>());
  cg::reduce_update_async(tile, total, value, cg::greater<float>());
  float sum = cg::reduce(tile, value, cg::plus<float>());
  (void)sum;
}
