#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "auditor/scan/clang_arguments.h"

namespace detaudit::auditor {

// How a build compiles one source, as clang is told of it.
struct CompileCommand {
  std::vector<std::string> language;   // the first of the arguments: see language_arguments
  std::vector<std::string> arguments;  // all of them
  std::vector<std::string> facts;     // options that change arithmetic: "-ffast-math"
  std::vector<std::string> problems;  // response files that could not be read
};

// A build's compile_commands.json. Options of GCC, clang and nvcc are translated; what they do not
// share and sources do not depend on is left out.
class CompileDatabase {
 public:
  // `build` is the file or its folder. Throws DET902 for what is missing or malformed.
  CompileDatabase(const std::filesystem::path& build, const CudaToolkit& cuda);

  // All commands of a source; of one that the build does not know, a header for instance, that of
  // the source nearest to it. None in an empty database.
  std::vector<CompileCommand> commands(const std::filesystem::path& file, SourceKind kind) const;

 private:
  struct Entry;

  CudaToolkit cuda_;
  std::map<std::string, std::vector<Entry>> by_file_;  // real paths
};

struct CompileDatabase::Entry {
  std::string file, directory;
  std::vector<std::string> words;  // of the command line
};

}  // namespace detaudit::auditor
