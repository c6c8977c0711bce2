// Kernels that are capable of what they call: compiled as relocatable code, and linked.
#define GLOBAL extern "C" __global__ void

__device__ __noinline__ void add(float* out, float value) { atomicAdd(out, value); }
__device__ __noinline__ void indirectly(float* out, float value) { add(out, value + 1); }
__device__ __noinline__ float harmless(float value) { return value * 3; }

using Operation = void (*)(float*, float);
__device__ Operation operations[2] = {add, indirectly};

struct Base {
  virtual __device__ void run(float* out, double value) = 0;
};
struct Adding : Base {
  __device__ void run(float* out, double value) override {
    atomicAdd(out, static_cast<float>(value));
  }
};

GLOBAL calls__float_sum(float* out, const float* in) { indirectly(out, in[threadIdx.x]); }
GLOBAL by_pointer__float_sum(float* out, const float* in, int which) {
  operations[which](out, in[threadIdx.x]);
}
GLOBAL by_virtual__float_sum(float* out, const double* in, Base* base) {
  base->run(out, in[threadIdx.x]);
}
GLOBAL makes__float_sum(Base** base) { *base = new Adding; }
GLOBAL calls_harmless__none(float* out, const float* in) {
  out[threadIdx.x] = harmless(in[threadIdx.x]);
}
GLOBAL alone__none(float* out) { out[threadIdx.x] = 1; }
