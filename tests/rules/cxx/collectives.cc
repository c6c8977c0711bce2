#include "messages.h"

#define REAL_TYPE MPI_DOUBLE

template <class T>
struct TypeOf;

void reduce(float* x, double* y, int* counts, int n, ncclComm_t comm) {
  MPI_Allreduce(x, x, n, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);       // expect: DET260
  MPI_Reduce(y, y, n, MPI_DOUBLE, MPI_PROD, 0, MPI_COMM_WORLD);     // expect: DET260
  MPI_Datatype type = MPI_FLOAT;
  MPI_Allreduce(x, x, n, type, MPI_SUM, MPI_COMM_WORLD);            // expect: DET260
  MPI_Allreduce(counts, counts, n, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  MPI_Allreduce(x, x, n, MPI_FLOAT, MPI_MAX, MPI_COMM_WORLD);
  ncclAllReduce(x, x, n, ncclFloat, ncclSum, comm, nullptr);        // expect: DET260
  ncclAllReduce(x, x, n, ncclInt32, ncclSum, comm, nullptr);
  MPI_Recv(x, n, MPI_FLOAT, MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, nullptr);  // expect: DET261
  MPI_Recv(x, n, MPI_FLOAT, 3, 0, MPI_COMM_WORLD, nullptr);
}
