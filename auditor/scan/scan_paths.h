#pragma once

#include <filesystem>
#include <vector>

namespace detaudit::auditor {

// What a path on the command line stands for.
struct ScanPath {
  std::filesystem::path path;
  bool named = true;  // itself on the command line, not found in a directory
};

// Files as named; of directories, every regular file below, in order of names, links to files
// followed and each file once. Throws DET902 for what is not there or cannot be listed, DET901 for
// sources, which this build does not scan.
std::vector<ScanPath> expand_paths(const std::vector<std::string>& paths);

}  // namespace detaudit::auditor
