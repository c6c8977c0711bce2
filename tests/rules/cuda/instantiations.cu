// Templates that nothing here uses: only the instantiations tell what they do.
template <class T> __global__ void fill(T* sum, T value) {
  atomicAdd(sum, value);  // expect: DET201, replacement: sum/deterministic
}
template __global__ void fill<float>(float*, float);
template __global__ void fill<int>(int*, int);

template <class T> __global__ void count(T* hits) {
  atomicAdd(hits, T(1));
}
template __global__ void count<int>(int*);
template __global__ void count<unsigned long long>(unsigned long long*);

template <class T> struct Bin {
  T* at;
  __device__ void add(T value) {
    atomicAdd(at, value);  // expect: DET201
  }
  __device__ void special(T value);
};
template <> __device__ void Bin<double>::special(double value) {
  atomicAdd(at, value);  // expect: DET201
}
template struct Bin<double>;
template <class T> struct Hits {
  T* at;
  __device__ void add(T value) {
    atomicAdd(at, value);
  }
};
template struct Hits<int>;

// What is there for every type, and of none: nothing is known.
template <class T> __device__ void never(T* sum) {
  atomicAdd(sum, T(1));
}

template <class T> __device__ void defined_later(T* sum);
__global__ void use(float* sum) {
  defined_later(sum);
}
template <class T> __device__ void defined_later(T* sum) {
  atomicAdd(sum, T(1));  // expect: DET201
}
