#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace detaudit::auditor {

// Where a place in a program's code is in its source: of what is known, as much as there is.
struct CodePlace {
  std::string function;  // demangled; empty: in no symbol
  std::string file;      // empty: no debug information
  uint32_t line = 0;
};

// Reads symbol tables and line tables of programs and libraries, also those that the distribution
// keeps apart (/usr/lib/debug). Keeps each file open until it ends. One thread.
class Symbolizer {
 public:
  Symbolizer();
  ~Symbolizer();
  Symbolizer(const Symbolizer&) = delete;
  Symbolizer& operator=(const Symbolizer&) = delete;

  // `offset`: from where the module was loaded, inside the instruction that is asked for. Nothing
  // for a file that is gone, stripped, or no ELF file.
  std::optional<CodePlace> find(const std::filesystem::path& module, uint64_t offset);

 private:
  struct Modules;
  std::unique_ptr<Modules> modules_;
};

}  // namespace detaudit::auditor
