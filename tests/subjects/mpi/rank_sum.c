// Rank 0 adds up what the others send: from whoever is first (a hazard), or rank by rank (CLEAN).
#include <mpi.h>
#include <stdio.h>
#include <x86intrin.h>

// Who is first is luck, however evenly the system schedules: up to 100,000 cycles.
static void dawdle(void) {
  const unsigned long long until = __rdtsc() + (__rdtsc() >> 4) % 64 * 1600;
  while (__rdtsc() < until) {
  }
}

int main(int argc, char** argv) {
  int rank, ranks;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  float sum = 0;
  for (int round = 0; round < 60; ++round) {
    double part = 1.0 / (3 + 7 * rank + round);
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank > 0) dawdle();
    if (rank > 0) MPI_Send(&part, 1, MPI_DOUBLE, 0, round, MPI_COMM_WORLD);
    for (int i = 1; rank == 0 && i < ranks; ++i) {
#ifdef CLEAN
      const int from = i;
#else
      const int from = MPI_ANY_SOURCE;
#endif
      MPI_Recv(&part, 1, MPI_DOUBLE, from, round, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      sum += (float)part;
    }
  }
  MPI_Bcast(&sum, 1, MPI_FLOAT, 0, MPI_COMM_WORLD);
  if (rank == 0) printf("%.9g\n", (double)sum);
  MPI_Finalize();
  return 0;
}
