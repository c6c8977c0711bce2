#include "instrument/libraries/mpi_world.h"

#include <cstdio>
#include <cstring>

namespace detaudit::instrument {
namespace {

constinit CalledFunction g_open_mpi("ompi_mpi_comm_world");  // only that has it
constinit CalledFunction g_comm_from_fortran("PMPI_Comm_f2c");
constinit CalledFunction g_type_size("PMPI_Type_size");
constinit CalledFunction g_type_extent("PMPI_Type_get_extent");
constinit CalledFunction g_comm_rank("PMPI_Comm_rank");
constinit CalledFunction g_comm_size("PMPI_Comm_size");
constinit CalledFunction g_comm_test_inter("PMPI_Comm_test_inter");
constinit CalledFunction g_comm_group("PMPI_Comm_group");
constinit CalledFunction g_group_translate("PMPI_Group_translate_ranks");
constinit CalledFunction g_group_free("PMPI_Group_free");

constexpr Word kMpichWorld = 0x44000000;
constexpr MpiConstants kOpenMpi = {1, -1, -1, 0, 0, 1};
constexpr MpiConstants kMpich = {static_cast<Word>(-1), -2, -1, 1, 2, 3};

// False when there is no such function, or it fails.
template <typename... Arguments>
bool ask(CalledFunction& function, const void* site, Arguments... arguments) {
  auto* next = reinterpret_cast<int (*)(Arguments...)>(function.at(site));
  return next && next(arguments...) == 0;
}

// Open MPI's is number 0 of Fortran's: its address may be that of the program's copy.
Word world_of(const void* site) {
  if (mpi_kind(site) == MpiKind::kMpich) return kMpichWorld;
  auto* from_fortran = reinterpret_cast<Word (*)(int)>(g_comm_from_fortran.at(site));
  return from_fortran ? from_fortran(0) : 0;
}

// The world rank of a communicator's first.
bool first_world_rank(const void* site, Word handle, int& first) {
  const Word world = world_of(site);
  Word own = 0, all = 0;  // MPICH writes 32 bits of them
  if (!ask(g_comm_group, site, handle, &own)) return false;
  bool found = false;
  if (world && ask(g_comm_group, site, world, &all)) {
    const int zero = 0;
    found = ask(g_group_translate, site, own, 1, &zero, all, &first);
    ask(g_group_free, site, &all);
  }
  ask(g_group_free, site, &own);
  return found;
}

struct Known {
  Word handle;
  bool live;
  int first, number;
  Communicator communicator;
};
constexpr uint32_t kMost = 256;
constinit Known g_known[kMost]{};
constinit uint32_t g_used = 0;
constinit FutexLock g_lock;

bool find_known(Word handle, Communicator& found) {
  g_lock.lock();
  bool known = false;
  for (uint32_t i = 0; i < g_used && !known; ++i) {
    known = g_known[i].live && g_known[i].handle == handle;
    if (known) found = g_known[i].communicator;
  }
  g_lock.unlock();
  return known;
}

// Numbers it among those of its first rank and size.
void remember(Word handle, int first, Communicator& communicator) {
  g_lock.lock();
  int number = 0;
  for (uint32_t i = 0; i < g_used; ++i)
    number += g_known[i].first == first && g_known[i].communicator.size == communicator.size;
  std::snprintf(communicator.key, sizeof communicator.key, "%d from rank %d, number %d",
                communicator.size, first, number);
  if (g_used < kMost) g_known[g_used++] = {handle, true, first, number, communicator};
  g_lock.unlock();
}

}  // namespace

MpiKind mpi_kind(const void* site) {
  static constinit std::atomic<int> known{-1};
  int kind = known.load(std::memory_order_relaxed);
  if (kind < 0) {
    kind = static_cast<int>(g_open_mpi.is_there(site) ? MpiKind::kOpenMpi : MpiKind::kMpich);
    known.store(kind, std::memory_order_relaxed);
  }
  return static_cast<MpiKind>(kind);
}

const MpiConstants& mpi_constants(const void* site) {
  return mpi_kind(site) == MpiKind::kOpenMpi ? kOpenMpi : kMpich;
}

uint64_t plain_type_bytes(const void* site, Word type) {
  int size = 0;
  intptr_t lower = 0, extent = 0;
  if (!ask(g_type_size, site, type, &size) || !ask(g_type_extent, site, type, &lower, &extent))
    return 0;
  return size > 0 && lower == 0 && extent == size ? static_cast<uint64_t>(size) : 0;
}

bool find_communicator(const void* site, Word handle, Communicator& found) {
  if (mpi_kind(site) == MpiKind::kMpich) handle &= UINT32_MAX;
  if (find_known(handle, found)) return true;
  int between_groups = 1, first = 0;
  if (!ask(g_comm_test_inter, site, handle, &between_groups) || between_groups) return false;
  if (!ask(g_comm_rank, site, handle, &found.rank) || !ask(g_comm_size, site, handle, &found.size))
    return false;
  if (!first_world_rank(site, handle, first)) return false;
  remember(handle, first, found);
  return true;
}

// Its number stays taken: the next of the same ranks is another.
void forget_communicator(const void* site, const void* stored) {
  Word handle = 0;
  std::memcpy(&handle, stored, mpi_kind(site) == MpiKind::kOpenMpi ? sizeof handle : sizeof(int));
  g_lock.lock();
  for (uint32_t i = 0; i < g_used; ++i)
    if (g_known[i].handle == handle) g_known[i].live = false;
  g_lock.unlock();
}

}  // namespace detaudit::instrument
