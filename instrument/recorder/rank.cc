#include "instrument/recorder/rank.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace detaudit::instrument {
namespace {

// What launchers of ranks set, and what has to be there too where the name alone says little.
struct Variable {
  const char* rank;
  const char* size;
};
constexpr Variable kVariables[] = {
    {"OMPI_COMM_WORLD_RANK", nullptr}, {"PMIX_RANK", nullptr}, {"PMI_RANK", nullptr},
    {"MV2_COMM_WORLD_RANK", nullptr},  {"RANK", "WORLD_SIZE"}, {"SLURM_PROCID", "SLURM_NTASKS"},
};

bool is_number(const char* text) {
  const size_t length = std::strlen(text);
  return length > 0 && length < 10 && std::strspn(text, "0123456789") == length;
}

// Whether a process was started with this entry in its environment.
bool was_started_with(pid_t process, const char* entry) {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/%d/environ", process);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const size_t length = std::strlen(entry);
  constexpr size_t kUnlike = SIZE_MAX;
  size_t matched = 0;
  bool found = false;
  char piece[4096];
  for (ssize_t bytes; !found && (bytes = read(file, piece, sizeof piece)) > 0;)
    for (ssize_t i = 0; i < bytes && !found; ++i) {
      if (piece[i] == '\0') {
        found = matched == length;
        matched = 0;
      } else if (matched != kUnlike) {
        matched = matched < length && piece[i] == entry[matched] ? matched + 1 : kUnlike;
      }
    }
  close(file);
  return found;
}

}  // namespace

void find_launched_rank(char (&rank)[kRankBytes]) {
  rank[0] = '\0';
  for (const Variable& variable : kVariables) {
    const char* value = getenv(variable.rank);
    if (!value || !is_number(value) || (variable.size && !getenv(variable.size))) continue;
    char entry[64];
    std::snprintf(entry, sizeof entry, "%s=%s", variable.rank, value);
    if (was_started_with(getppid(), entry)) continue;
    std::snprintf(rank, sizeof rank, "%s", value);
    return;
  }
}

bool is_of_rank(const char* process, const char* rank) {
  const char* last = nullptr;
  for (const char* at = process; (at = std::strstr(at, ".r")); at += 2) last = at + 2;
  if (!last) return false;
  const size_t digits = std::strspn(last, "0123456789");
  return digits == std::strlen(rank) && std::strncmp(last, rank, digits) == 0;
}

}  // namespace detaudit::instrument
