#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "auditor/audit/observation.h"

namespace detaudit::auditor {

// A line of a script, as its interpreter's adapter told it.
struct ScriptLine {
  std::string file;
  uint32_t line = 0;
};

// Of the stdout of two runs, the first byte that differs; nothing where it was not kept of `run`.
std::optional<uint64_t> first_difference(const ObservedRun& run, const ObservedRun& other);

// The line that printed the first byte in which the stdout of two runs differs, of the run that is
// asked for; nothing where that byte was not kept, or where others wrote to stdout as well, so that
// places in it are not those that the script's process counted.
std::optional<ScriptLine> printed_at(const ObservedRun& run, const ObservedRun& other);

// The line that first opened one of these paths to write it.
std::optional<ScriptLine> opened_at(const RunFacts& facts, const std::set<std::string>& paths);

}  // namespace detaudit::auditor
