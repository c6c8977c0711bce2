// An MPI_Allreduce of sums in front of the library's own, which folds as ranks arrive (a hazard),
// or in their order (CLEAN). For doubles, and for few ranks.
#include <mpi.h>
#include <string.h>

int MPI_Allreduce(const void* send, void* receive, int count, MPI_Datatype type, MPI_Op op,
                  MPI_Comm communicator) {
  int rank, ranks;
  double part[64], *sum = receive;
  (void)op;
  PMPI_Comm_rank(communicator, &rank);
  PMPI_Comm_size(communicator, &ranks);
  memcpy(sum, send, sizeof *sum * (size_t)count);
  if (rank > 0) PMPI_Send(send, count, type, 0, 0, communicator);
  for (int i = 1; rank == 0 && i < ranks; ++i) {
#ifdef CLEAN
    const int from = i;
#else
    const int from = MPI_ANY_SOURCE;
#endif
    PMPI_Recv(part, count, type, from, 0, communicator, MPI_STATUS_IGNORE);
    for (int j = 0; j < count; ++j) sum[j] += part[j];
  }
  return PMPI_Bcast(sum, count, type, 0, communicator);
}
