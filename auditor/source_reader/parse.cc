#include "auditor/source_reader/parse.h"

#include <fmt/format.h>

#include <set>

#include "rules/source/cursor.h"

namespace detaudit::auditor {
namespace {

using rules::source::take;

constexpr unsigned kErrorsShown = 3;

std::string where(CXDiagnostic diagnostic) {
  CXFile file = nullptr;
  unsigned line = 0;
  clang_getFileLocation(clang_getDiagnosticLocation(diagnostic), &file, &line, nullptr, nullptr);
  return file == nullptr ? "" : fmt::format("{}:{}: ", take(clang_getFileName(file)), line);
}

struct Includes {
  std::set<std::string> files;
};

void add_include(CXFile file, CXSourceLocation*, unsigned depth, CXClientData data) {
  if (depth == 0) return;
  std::string path = take(clang_File_tryGetRealPathName(file));
  if (path.empty()) path = take(clang_getFileName(file));
  static_cast<Includes*>(data)->files.insert(std::move(path));
}

}  // namespace

OwnedUnit parse(CXIndex index, const std::string& path, const std::vector<std::string>& arguments) {
  std::vector<const char*> words;
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  for (const char* word : {"-resource-dir", DETAUDIT_CLANG_RESOURCES, "-ferror-limit=0"}) {
    words.push_back(word);
  }
  CXTranslationUnit unit = nullptr;
  clang_parseTranslationUnit2(
      index, path.c_str(), words.data(), static_cast<int>(words.size()), nullptr, 0,
      CXTranslationUnit_KeepGoing | CXTranslationUnit_DetailedPreprocessingRecord, &unit);
  return OwnedUnit(unit);
}

std::vector<std::string> parse_errors(CXTranslationUnit unit) {
  std::vector<std::string> errors;
  unsigned count = 0;
  for (unsigned i = 0; i < clang_getNumDiagnostics(unit); ++i) {
    CXDiagnostic diagnostic = clang_getDiagnostic(unit, i);
    if (clang_getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error && ++count <= kErrorsShown) {
      errors.push_back(where(diagnostic) + take(clang_getDiagnosticSpelling(diagnostic)));
    }
    clang_disposeDiagnostic(diagnostic);
  }
  if (count > kErrorsShown) errors.push_back(fmt::format("and {} more errors", count - kErrorsShown));
  return errors;
}

std::vector<std::string> included_files(CXTranslationUnit unit) {
  Includes includes;
  clang_getInclusions(unit, add_include, &includes);
  return {includes.files.begin(), includes.files.end()};
}

}  // namespace detaudit::auditor
