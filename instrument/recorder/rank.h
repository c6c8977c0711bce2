#pragma once

#include <cstddef>

namespace detaudit::instrument {

inline constexpr size_t kRankBytes = 24;

// The rank that a launcher (mpirun, torchrun, srun, ...) gave this program, as text. Empty when it
// has none, or when its parent has the same one: then it was inherited, and an ancestor is the
// rank.
void find_launched_rank(char (&rank)[kRankBytes]);

// Whether a process of this name is of that rank: "p0.r3.1" of "3".
bool is_of_rank(const char* process, const char* rank);

}  // namespace detaudit::instrument
