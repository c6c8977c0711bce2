#pragma once

#include <cstdint>

#include "instrument/libraries/called_function.h"

namespace detaudit::instrument {

// MPI without its header: implementations differ in what handles are (addresses in Open MPI, 32-bit
// numbers in MPICH and its kin) and in constants. Handles pass as words; everything about them is
// asked of the library that the caller calls, by its profiling names.
using Word = uintptr_t;

enum class MpiKind : uint8_t { kOpenMpi, kMpich };
MpiKind mpi_kind(const void* site);

struct MpiConstants {
  Word in_place;
  int any_source, any_tag;
  Word status_ignored;
  unsigned source_at, tag_at;  // in a status, in ints
};
const MpiConstants& mpi_constants(const void* site);

// The size of a type's element where its elements fill memory without gaps; 0 otherwise.
uint64_t plain_type_bytes(const void* site, Word type);

// A communicator as all its ranks know it.
struct Communicator {
  int rank = 0, size = 0;
  char key[40] = {};  // "4 from rank 0, number 0": the world rank of its first, and how many came
                      // before that have the same
};
// False for one between groups, and when MPI does not answer.
bool find_communicator(const void* site, Word handle, Communicator& found);
void forget_communicator(const void* site, const void* handle);  // where it is stored

}  // namespace detaudit::instrument
