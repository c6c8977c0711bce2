#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "auditor/scan/source_kind.h"

namespace detaudit::auditor {

// A file that is to be scanned.
struct ScanPath {
  std::filesystem::path path;
  bool named = true;  // itself on the command line, not found in a directory
  SourceKind kind = SourceKind::kNone;
};

struct ScanPaths {
  std::vector<ScanPath> files;
  uint64_t excluded = 0;  // files and folders
};

// Files as named; of directories, every regular file below, in order of names, links to files
// followed and each file once; what version control keeps for itself is left out. What is named
// itself is never excluded. Throws DET902 for what is not there or cannot be listed.
ScanPaths expand_paths(const std::vector<std::string>& paths,
                       const std::vector<std::string>& excludes);

}  // namespace detaudit::auditor
