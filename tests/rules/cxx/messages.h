// MPI's and NCCL's declarations, as far as these tests go; MPI's constants are macros, as in Open MPI.
#pragma once

typedef struct mpi_datatype* MPI_Datatype;
typedef struct mpi_op* MPI_Op;
typedef struct mpi_comm* MPI_Comm;
struct MPI_Status;
extern struct mpi_predefined { int dummy; } mpi_float, mpi_double, mpi_int, mpi_sum, mpi_prod, mpi_max, mpi_world;
#define MPI_FLOAT ((MPI_Datatype)(void*)&(mpi_float))
#define MPI_DOUBLE ((MPI_Datatype)(void*)&(mpi_double))
#define MPI_INT ((MPI_Datatype)(void*)&(mpi_int))
#define MPI_SUM ((MPI_Op)(void*)&(mpi_sum))
#define MPI_PROD ((MPI_Op)(void*)&(mpi_prod))
#define MPI_MAX ((MPI_Op)(void*)&(mpi_max))
#define MPI_COMM_WORLD ((MPI_Comm)(void*)&(mpi_world))
#define MPI_ANY_SOURCE -1
extern "C" {
int MPI_Allreduce(const void*, void*, int, MPI_Datatype, MPI_Op, MPI_Comm);
int MPI_Reduce(const void*, void*, int, MPI_Datatype, MPI_Op, int, MPI_Comm);
int MPI_Recv(void*, int, MPI_Datatype, int, int, MPI_Comm, MPI_Status*);
}

typedef struct nccl_comm* ncclComm_t;
typedef enum { ncclInt32 = 2, ncclFloat32 = 7, ncclFloat = 7 } ncclDataType_t;
typedef enum { ncclSum = 0, ncclMax = 2 } ncclRedOp_t;
extern "C" int ncclAllReduce(const void*, void*, unsigned long, ncclDataType_t, ncclRedOp_t, ncclComm_t, void*);
