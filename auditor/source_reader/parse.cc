#include "auditor/source_reader/parse.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>
#include <string_view>

#include "rules/source/cursor.h"

namespace detaudit::auditor {
namespace {

using rules::source::take;

constexpr unsigned kErrorsShown = 3;
// Macros and where they are used: rules read those of sources, and none of system headers.
constexpr unsigned kSourceOptions =
    CXTranslationUnit_KeepGoing | CXTranslationUnit_DetailedPreprocessingRecord;
constexpr unsigned kHeaderOptions = CXTranslationUnit_KeepGoing | CXTranslationUnit_Incomplete |
                                    CXTranslationUnit_ForSerialization;

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

// What sources ask for by `__has_include`: which of them are there is for others to find out.
class Tested {
 public:
  explicit Tested(CXTranslationUnit unit) : unit_(unit) {
    clang_getInclusions(
        unit,
        [](CXFile file, CXSourceLocation*, unsigned, CXClientData self) {
          static_cast<Tested*>(self)->look(file);
        },
        this);
  }
  std::set<std::string> names() { return std::move(names_); }

 private:
  void look(CXFile file) {
    if (clang_Location_isInSystemHeader(clang_getLocation(unit_, file, 1, 1)) != 0) return;
    size_t size = 0;
    const char* text = clang_getFileContents(unit_, file, &size);
    if (text == nullptr) return;
    const std::string_view source(text, size);
    constexpr std::string_view kTest = "__has_include";
    const std::filesystem::path folder =
        std::filesystem::path(take(clang_getFileName(file))).parent_path();
    for (size_t at = source.find(kTest); at != source.npos; at = source.find(kTest, at + 1)) {
      const size_t begin = source.find_first_of("<\"\n", at);
      if (begin == source.npos || source[begin] == '\n') continue;
      const size_t end = source.find_first_of(">\"\n", begin + 1);
      if (end == source.npos || source[end] == '\n') continue;
      const std::string name(source.substr(begin + 1, end - begin - 1));
      names_.insert(name);
      if (source[begin] == '"') names_.insert((folder / name).string());
    }
  }

  CXTranslationUnit unit_;
  std::set<std::string> names_;
};

OwnedUnit parse_with(CXIndex index, const std::string& path,
                     const std::vector<std::string>& arguments, unsigned options) {
  std::vector<const char*> words;
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  for (const char* word : {"-resource-dir", DETAUDIT_CLANG_RESOURCES, "-ferror-limit=0"}) {
    words.push_back(word);
  }
  CXTranslationUnit unit = nullptr;
  clang_parseTranslationUnit2(index, path.c_str(), words.data(), static_cast<int>(words.size()),
                              nullptr, 0, options, &unit);
  return OwnedUnit(unit);
}

}  // namespace

OwnedUnit parse(CXIndex index, const std::string& path, const std::vector<std::string>& arguments) {
  return parse_with(index, path, arguments, kSourceOptions);
}

bool precompile(CXIndex index, const std::string& path, std::vector<std::string> arguments,
                const std::string& to, std::vector<std::string>& includes) {
  // Else each source that is read with it makes them: half of the time that it takes.
  arguments.emplace_back("-fpch-instantiate-templates");
  const OwnedUnit unit = parse_with(index, path, arguments, kHeaderOptions);
  if (!unit || !parse_errors(unit.get()).empty()) return false;
  includes = included_files(unit.get());
  const std::string temporary = to + "." + std::to_string(getpid());
  const bool saved = clang_saveTranslationUnit(unit.get(), temporary.c_str(),
                                               clang_defaultSaveOptions(unit.get())) == 0;
  if (saved && std::rename(temporary.c_str(), to.c_str()) == 0) return true;
  std::remove(temporary.c_str());
  return false;
}

std::vector<std::string> with_prefix(std::vector<std::string> arguments,
                                     const std::string& prefix) {
  const auto include = std::find(arguments.begin(), arguments.end(), "-include");
  if (include == arguments.end() || include + 1 == arguments.end()) return arguments;
  *include = "-include-pch";
  *(include + 1) = prefix;
  return arguments;
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
  if (count > kErrorsShown)
    errors.push_back(fmt::format("and {} more errors", count - kErrorsShown));
  return errors;
}

std::vector<std::string> missing_files(CXTranslationUnit unit) {
  std::set<std::string> files = Tested(unit).names();
  for (unsigned i = 0; i < clang_getNumDiagnostics(unit); ++i) {
    CXDiagnostic diagnostic = clang_getDiagnostic(unit, i);
    const std::string text = take(clang_getDiagnosticSpelling(diagnostic));
    CXFile by = nullptr;
    clang_getFileLocation(clang_getDiagnosticLocation(diagnostic), &by, nullptr, nullptr, nullptr);
    clang_disposeDiagnostic(diagnostic);
    const size_t end = text.find("' file not found");
    if (!text.starts_with('\'') || end == std::string::npos) continue;
    const std::string name = text.substr(1, end - 1);
    files.insert(name);
    if (by == nullptr) continue;
    const std::filesystem::path folder =
        std::filesystem::path(take(clang_getFileName(by))).parent_path();
    files.insert((folder / name).string());
  }
  return {files.begin(), files.end()};
}

std::vector<std::string> included_files(CXTranslationUnit unit) {
  Includes includes;
  clang_getInclusions(unit, add_include, &includes);
  return {includes.files.begin(), includes.files.end()};
}

}  // namespace detaudit::auditor
