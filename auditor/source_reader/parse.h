#pragma once

#include <clang-c/Index.h>

#include <memory>
#include <string>
#include <vector>

namespace detaudit::auditor {

struct UnitDeleter {
  void operator()(CXTranslationUnit unit) const { clang_disposeTranslationUnit(unit); }
};
using OwnedUnit = std::unique_ptr<std::remove_pointer_t<CXTranslationUnit>, UnitDeleter>;

// Writes a precompiled header, whole or not at all; false where that fails.
bool precompile(CXIndex index, const std::string& path, std::vector<std::string> arguments,
                const std::string& to, std::vector<std::string>& includes);

// The arguments with a precompiled header for the first header that they include.
std::vector<std::string> with_prefix(std::vector<std::string> arguments, const std::string& prefix);

// Parses as far as it goes: null only where there is nothing to look at. The compiler's resources
// are those of the libclang that this was built with.
OwnedUnit parse(CXIndex index, const std::string& path, const std::vector<std::string>& arguments);

// Errors of the parse: how many, and the first of them; what could not be understood may hide
// hazards.
std::vector<std::string> parse_errors(CXTranslationUnit unit);

// Files that the unit includes and that are not there: as Reading::missing has them.
std::vector<std::string> missing_files(CXTranslationUnit unit);

// Real paths of all files that the unit includes, itself not, each once.
std::vector<std::string> included_files(CXTranslationUnit unit);

}  // namespace detaudit::auditor
