// What the committed fixtures in ../cubins were compiled from, by ../cubins/make.sh.
extern "C" __global__ void add__float_sum(float* out, const float* in) {
  atomicAdd(out, in[threadIdx.x]);
}
extern "C" __global__ void loop__swap_loop(float* out, const float* in) {
  int* bits = reinterpret_cast<int*>(out);
  int old = *bits, seen;
  do {
    seen = old;
    old = atomicCAS(bits, seen, __float_as_int(in[threadIdx.x] + __int_as_float(seen)));
  } while (old != seen);
}
extern "C" __global__ void count__integer(int* out, const int* in) {
  atomicAdd(out, in[threadIdx.x]);
}
extern "C" __global__ void plain__none(float* out, const float* in) {
  out[threadIdx.x] += in[threadIdx.x];
}
