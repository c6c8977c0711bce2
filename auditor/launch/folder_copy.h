#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

namespace detaudit::auditor {

// What of a folder is copied, and how much at most.
struct CopyRules {
  std::set<std::string> left_out;  // absolute paths; of folders with all in them
  uint64_t most_entries = 200'000;
  uint64_t most_bytes = uint64_t{8} << 30;  // where the file system shares no blocks between files
};

// Copies the folder `from` to `to`, which must not exist: files (sharing blocks where the file
// system can), folders, links, pipes, with modes, times and hard links. Absolute links into `from`
// point into `to`. A file system mounted below `from` is linked to, not copied; sockets, devices
// and files that this process holds open are left out. One system call or two an entry besides the
// bytes. Throws reports::DiagnosticError (exit 2) with the entry at fault; nothing of `to` is left
// then.
void copy_folder(const std::filesystem::path& from, const std::filesystem::path& to,
                 const CopyRules& rules);

// Removes a folder with all in it, also what its modes forbid to remove. Never throws.
void remove_folder(const std::filesystem::path& folder) noexcept;

}  // namespace detaudit::auditor
