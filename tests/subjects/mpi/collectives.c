// Every collective that is recorded, also in place, of parts of unequal size, and in a half of the
// ranks. What is not to be read was never written.
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static int rank, ranks;

static void in_world(double* own, double* all, double* more) {
  int counts[16], offsets[16], total = 0;
  for (int i = 0; i < ranks; ++i) {
    counts[i] = i + 1;
    offsets[i] = total + i;  // with gaps
    total += i + 1;
  }
  const MPI_Comm world = MPI_COMM_WORLD;
  MPI_Bcast(own, 4, MPI_DOUBLE, 1, world);
  for (int i = 0; i < 4; ++i) own[i] += rank;
  MPI_Reduce(own, all, 4, MPI_DOUBLE, MPI_SUM, 2, world);
  MPI_Allreduce(MPI_IN_PLACE, own, 4, MPI_DOUBLE, MPI_MAX, world);
  MPI_Scan(own, all, 4, MPI_DOUBLE, MPI_SUM, world);
  MPI_Exscan(own, more, 4, MPI_DOUBLE, MPI_SUM, world);
  MPI_Gather(own, 1, MPI_DOUBLE, all, 1, MPI_DOUBLE, 0, world);
  MPI_Gatherv(own, rank + 1, MPI_DOUBLE, more, counts, offsets, MPI_DOUBLE, 3, world);
  MPI_Scatter(all, 1, MPI_DOUBLE, own, 1, MPI_DOUBLE, 0, world);
  MPI_Scatterv(more, counts, offsets, MPI_DOUBLE, own, rank + 1, MPI_DOUBLE, 3, world);
  more[rank] = rank;
  MPI_Allgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, more, 1, MPI_DOUBLE, world);
  MPI_Allgatherv(own, rank + 1, MPI_DOUBLE, all, counts, offsets, MPI_DOUBLE, world);
  MPI_Alltoall(own, 1, MPI_DOUBLE, more, 1, MPI_DOUBLE, world);
  MPI_Reduce_scatter_block(more, own, 1, MPI_DOUBLE, MPI_SUM, world);
  MPI_Request requests[2];
  MPI_Ibcast(more, 2, MPI_DOUBLE, 1, world, &requests[0]);
  MPI_Iallreduce(own, all, 4, MPI_DOUBLE, MPI_SUM, world, &requests[1]);
  MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
}

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  double *own = malloc(64 * sizeof *own), *all = malloc(64 * sizeof *all);
  double* more = malloc(64 * sizeof *more);
  for (int i = 0; i < 16; ++i) own[i] = 1.0 / (1 + i + rank);
  in_world(own, all, more);
  MPI_Comm half;
  MPI_Comm_split(MPI_COMM_WORLD, rank % 2, rank, &half);
  double sum = 0;
  MPI_Allreduce(own, &sum, 1, MPI_DOUBLE, MPI_SUM, half);
  MPI_Comm_free(&half);
  double total = 0;
  MPI_Reduce(&sum, &total, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
  if (rank == 0) printf("%.17g\n", total);
  MPI_Finalize();
  return 0;
}
