#include "messages.h"

template <class T>
MPI_Datatype type_of();
template <>
MPI_Datatype type_of<double>() {
  return MPI_DOUBLE;
}
template <>
MPI_Datatype type_of<int>() {
  return MPI_INT;
}
template <class T>
void all_sum(T* x, int n) {
  MPI_Allreduce(x, x, n, type_of<T>(), MPI_SUM, MPI_COMM_WORLD);  // expect: DET260
}
void instances(double* d) { all_sum(d, 3); }

class Communicator {
 public:
  void sum(double* x, int n, MPI_Op op = MPI_SUM) {
    MPI_Allreduce(x, x, n, MPI_DOUBLE, op, world_);  // expect: DET260
  }
  void count(int* x) { MPI_Reduce(x, x, 1, kCount, MPI_SUM, 0, world_); }

 private:
  const MPI_Datatype kCount = MPI_INT;
  MPI_Comm world_ = MPI_COMM_WORLD;
};

#define NCCL_CHECK(call) \
  do {                   \
    if ((call) != 0) return; \
  } while (0)
constexpr auto kType = ncclFloat32;
void all(float* g, int* c, unsigned long n, ncclComm_t comm, bool sum) {
  NCCL_CHECK(ncclAllReduce(g, g, n, kType, ncclSum, comm, nullptr));  // expect: DET260
  NCCL_CHECK(ncclAllReduce(c, c, n, ncclInt32, ncclSum, comm, nullptr));
  const ncclRedOp_t op = ncclMax;
  ncclAllReduce(g, g, n, ncclFloat, op, comm, nullptr);
  ncclAllReduce(g, g, n, ncclFloat, sum ? ncclSum : ncclMax, comm, nullptr);  // expect: DET260
}

void gather(double* parts, int ranks) {
  const int anyone = MPI_ANY_SOURCE;
  for (int i = 1; i < ranks; ++i) {
    MPI_Recv(parts + i, 1, MPI_DOUBLE, anyone, 7, MPI_COMM_WORLD, nullptr);  // expect: DET261
  }
  for (int i = 1; i < ranks; ++i) MPI_Recv(parts + i, 1, MPI_DOUBLE, i, 7, MPI_COMM_WORLD, nullptr);
}
struct Inbox {
  int source = MPI_ANY_SOURCE;
  void take(double* x) const {
    MPI_Recv(x, 1, MPI_DOUBLE, source, 7, MPI_COMM_WORLD, nullptr);  // expect: DET261
  }
};
void from(double* x, int source) { MPI_Recv(x, 1, MPI_DOUBLE, source, 7, MPI_COMM_WORLD, nullptr); }
