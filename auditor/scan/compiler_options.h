#pragma once

#include <string>
#include <vector>

namespace detaudit::auditor {

// What a compiler's command line says that matters to reading a source.
struct CompilerOptions {
  std::vector<std::string> kept;    // for clang: macros, places of headers, the character's sign
  std::string standard;             // "c++17"; empty: the compiler's own
  std::string language;             // of -x: "cu", "c++"; empty: by the file's name
  std::vector<unsigned> sms;        // asked for by -gencode, -arch and their like
  bool openmp = false;
  std::vector<std::string> facts;     // options that change arithmetic
  std::vector<std::string> problems;  // response files that could not be read
};

// `words` begin with the compiler, launchers before it (ccache) or not; response and options files
// are read, relative to `directory`.
CompilerOptions read_options(std::vector<std::string> words, const std::string& directory);

}  // namespace detaudit::auditor
