#include "rules/source/openmp_directives.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <string_view>

namespace detaudit::rules::source {
namespace {

// "parallel for reduction(+ : a)" as names and single signs.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size();) {
    const auto is_name = [&](size_t i) {
      return i < text.size() &&
             (std::isalnum(static_cast<unsigned char>(text[i])) || text[i] == '_');
    };
    size_t end = at + 1;
    if (is_name(at)) {
      while (is_name(end)) ++end;
      words.emplace_back(text.substr(at, end - at));
    } else if (std::isspace(static_cast<unsigned char>(text[at])) == 0) {
      words.emplace_back(text.substr(at, 1));
    }
    at = end;
  }
  return words;
}

struct Token {
  std::string text;
  Place place;
};

class Reader {
 public:
  explicit Reader(const Unit& unit) : unit_(unit.translation_unit()) {
    for (const CXCursor child : children(clang_getTranslationUnitCursor(unit_))) {
      const CXCursorKind kind = clang_getCursorKind(child);
      // Code that is compiled without OpenMP has pragmas that mean nothing.
      enabled_ |= kind == CXCursor_MacroDefinition && spelling(child) == "_OPENMP";
      const bool own = clang_Location_isInSystemHeader(clang_getCursorLocation(child)) == 0;
      if (!own) continue;
      files_.insert(place_of(child).file);
      if (kind == CXCursor_MacroDefinition) add_macro(child);
      if (kind == CXCursor_MacroExpansion) add_expansion(child);
    }
  }

  std::vector<Directive> run() {
    if (!enabled_) return {};
    for (const std::string& file : files_) read_file(file);
    return std::move(found_);
  }

 private:
  std::vector<Token> tokens(CXSourceRange range) const {
    CXToken* raw = nullptr;
    unsigned count = 0;
    clang_tokenize(unit_, range, &raw, &count);
    std::vector<Token> all;
    for (unsigned i = 0; i < count; ++i) {
      if (clang_getTokenKind(raw[i]) == CXToken_Comment) continue;
      all.push_back({take(clang_getTokenSpelling(unit_, raw[i])),
                     place_of(clang_getTokenExtent(unit_, raw[i]))});
    }
    clang_disposeTokens(unit_, raw, count);
    return all;
  }

  // The text of `_Pragma("omp ...")` from the token `_Pragma` on.
  static std::optional<std::string> operator_text(const std::vector<Token>& all, size_t at) {
    if (all[at].text != "_Pragma" || at + 3 >= all.size() || all[at + 1].text != "(")
      return std::nullopt;
    std::string text = all[at + 2].text;
    if (!text.starts_with("\"omp")) return std::nullopt;
    return text.substr(4, text.size() - 5);
  }

  // A macro whose body is a directive, or makes one of its argument: `_Pragma(#x)`.
  void add_macro(CXCursor macro) {
    const std::vector<Token> all = tokens(clang_getCursorExtent(macro));
    for (size_t i = 0; i + 3 < all.size(); ++i) {
      if (const auto text = operator_text(all, i)) macros_[spelling(macro)] = *text;
      if (all[i].text == "_Pragma" && all[i + 2].text == "#") macros_[spelling(macro)] = "";
    }
  }

  void add_expansion(CXCursor expansion) {
    const auto macro = macros_.find(spelling(expansion));
    if (macro == macros_.end()) return;
    std::string text = macro->second;
    if (text.empty()) {
      for (const Token& token : tokens(clang_getCursorExtent(expansion))) text += token.text + " ";
      const size_t open = text.find("( omp "), close = text.rfind(')');
      if (open == std::string::npos || close == std::string::npos) return;
      text = text.substr(open + 6, close - open - 6);
    }
    add(place_of(expansion), text, place_of(expansion).end_line);
  }

  void add(const Place& place, std::string_view text, unsigned last_line) {
    found_.push_back({place, words_of(text), last_line});
  }

  void read_file(const std::string& name) {
    CXFile file = clang_getFile(unit_, name.c_str());
    size_t bytes = 0;
    const char* text = file == nullptr ? nullptr : clang_getFileContents(unit_, file, &bytes);
    if (text == nullptr) return;
    const std::string_view all(text, bytes);
    if (all.find("omp") == all.npos || all.find("ragma") == all.npos) return;
    const CXSourceRange whole =
        clang_getRange(clang_getLocationForOffset(unit_, file, 0),
                       clang_getLocationForOffset(unit_, file, static_cast<unsigned>(bytes)));
    read_tokens(tokens(whole), skipped(file), all);
  }

  std::vector<std::pair<unsigned, unsigned>> skipped(CXFile file) const {
    std::vector<std::pair<unsigned, unsigned>> lines;
    CXSourceRangeList* ranges = clang_getSkippedRanges(unit_, file);
    for (unsigned i = 0; ranges != nullptr && i < ranges->count; ++i) {
      const Place place = place_of(ranges->ranges[i]);
      lines.emplace_back(place.line, place.end_line);
    }
    clang_disposeSourceRangeList(ranges);
    return lines;
  }

  void read_tokens(const std::vector<Token>& all,
                   const std::vector<std::pair<unsigned, unsigned>>& skipped,
                   std::string_view text) {
    for (size_t i = 0; i + 2 < all.size(); ++i) {
      const unsigned line = all[i].place.line;
      const bool inactive = std::any_of(skipped.begin(), skipped.end(), [&](const auto& range) {
        return line > range.first && line < range.second;
      });
      if (inactive) continue;
      if (all[i].text == "#" && all[i + 1].text == "pragma" && all[i + 2].text == "omp") {
        read_pragma(all, i, text);
      } else if (const auto directive = operator_text(all, i)) {
        const bool defining = i >= 2 && in_definition(text, all[i].place.line);
        if (!defining) add(all[i].place, *directive, line);
      }
    }
  }

  // To the end of its line, or of those that a backslash joins to it.
  void read_pragma(const std::vector<Token>& all, size_t at, std::string_view text) {
    unsigned last = all[at].place.line;
    while (line_of(text, last).ends_with('\\')) ++last;
    std::string words;
    for (size_t i = at + 3; i < all.size() && all[i].place.line <= last; ++i) {
      words += all[i].text + " ";
    }
    add(all[at].place, words, last);
  }

  static bool in_definition(std::string_view text, unsigned line) {
    while (line > 1 && line_of(text, line - 1).ends_with('\\')) --line;
    const std::string_view begin = line_of(text, line);
    return begin.find("define") != begin.npos && begin.find('#') < begin.find("define");
  }

  static std::string_view line_of(std::string_view text, unsigned line) {
    for (; line > 1 && !text.empty(); --line) {
      const size_t end = text.find('\n');
      text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    text = text.substr(0, text.find('\n'));
    while (text.ends_with('\r')) text.remove_suffix(1);
    return text;
  }

  CXTranslationUnit unit_;
  bool enabled_ = false;
  std::set<std::string> files_;
  std::map<std::string, std::string> macros_;
  std::vector<Directive> found_;
};

}  // namespace

bool Directive::has(const std::string& word) const {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::optional<Site> statement_of(const Function& function, const Directive& directive) {
  const Place whole = place_of(function.cursor());
  if (whole.file != directive.place.file || directive.place.line < whole.line ||
      directive.place.line > whole.end_line) {
    return std::nullopt;
  }
  for (uint32_t i = 1; i < function.nodes().size(); ++i) {
    const Place place = place_of(function.node(i).cursor);
    if (place.file != directive.place.file) continue;
    const bool behind =
        place.line > directive.last_line ||
        (place.line == directive.place.line && place.column >= directive.place.end_column &&
         place.column > directive.place.column);
    if (behind) return Site{&function, i};
  }
  return std::nullopt;
}

std::vector<Directive> openmp_directives(const Unit& unit) { return Reader(unit).run(); }

}  // namespace detaudit::rules::source
