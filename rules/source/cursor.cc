#include "rules/source/cursor.h"

namespace detaudit::rules::source {

std::string take(CXString text) {
  const char* characters = clang_getCString(text);
  std::string copy = characters != nullptr ? characters : "";
  clang_disposeString(text);
  return copy;
}

std::string spelling(CXCursor cursor) { return take(clang_getCursorSpelling(cursor)); }

std::string type_name(CXType type) {
  if (type.kind == CXType_Invalid) return "";
  return take(clang_getTypeSpelling(clang_getUnqualifiedType(clang_getCanonicalType(type))));
}

namespace {

// A version that is told apart by a namespace of its own: inline, or by using directives (`__v1`).
bool is_version(CXCursor cursor) {
  if (clang_getCursorKind(cursor) != CXCursor_Namespace) return false;
  if (clang_Cursor_isInlineNamespace(cursor) != 0) return true;
  const std::string name = spelling(cursor);
  return name.starts_with("__v") && name.find_first_not_of("0123456789", 3) == std::string::npos;
}

}  // namespace

std::string qualified_name(CXCursor cursor) {
  std::string name;
  for (; !is_null(cursor); cursor = clang_getCursorSemanticParent(cursor)) {
    const CXCursorKind kind = clang_getCursorKind(cursor);
    if (clang_isTranslationUnit(kind) || clang_isInvalid(kind)) break;
    if (is_version(cursor)) continue;
    const std::string part = spelling(cursor);
    if (part.empty()) continue;
    name = name.empty() ? part : part + "::" + name;
  }
  return name;
}

bool is_null(CXCursor cursor) { return clang_Cursor_isNull(cursor) != 0; }

bool is_function(CXCursorKind kind) {
  switch (kind) {
    case CXCursor_FunctionDecl:
    case CXCursor_FunctionTemplate:
    case CXCursor_CXXMethod:
    case CXCursor_Constructor:
    case CXCursor_Destructor:
    case CXCursor_ConversionFunction:
      return true;
    default:
      return false;
  }
}

CXCursor none() { return clang_getNullCursor(); }

std::vector<CXCursor> children(CXCursor cursor) {
  std::vector<CXCursor> all;
  clang_visitChildren(
      cursor,
      [](CXCursor child, CXCursor, CXClientData list) {
        static_cast<std::vector<CXCursor>*>(list)->push_back(child);
        return CXChildVisit_Continue;
      },
      &all);
  return all;
}

std::string first_token(CXTranslationUnit unit, CXCursor cursor) {
  CXFile file = nullptr;
  unsigned line = 0, column = 0;
  clang_getFileLocation(clang_getRangeStart(clang_getCursorExtent(cursor)), &file, &line, &column,
                        nullptr);
  if (file == nullptr) return "";
  CXToken* token = clang_getToken(unit, clang_getLocation(unit, file, line, column));
  if (token == nullptr) return "";
  std::string text = take(clang_getTokenSpelling(unit, *token));
  clang_disposeTokens(unit, token, 1);
  return text;
}

CXCursor declaration(CXCursor cursor) { return clang_getCanonicalCursor(cursor); }

Place place_of(CXCursor cursor) { return place_of(clang_getCursorExtent(cursor)); }

Place place_of(CXSourceRange range) {
  Place place;
  CXFile file = nullptr;
  clang_getFileLocation(clang_getRangeStart(range), &file, &place.line, &place.column, nullptr);
  if (file == nullptr) return place;
  place.file = take(clang_File_tryGetRealPathName(file));
  if (place.file.empty()) place.file = take(clang_getFileName(file));
  CXFile end_file = nullptr;
  clang_getFileLocation(clang_getRangeEnd(range), &end_file, &place.end_line, &place.end_column,
                        nullptr);
  const bool backward = place.end_line < place.line ||
                        (place.end_line == place.line && place.end_column <= place.column);
  if (end_file == nullptr || clang_File_isEqual(file, end_file) == 0 || backward) {
    place.end_line = place.line;
    place.end_column = place.column;
  }
  return place;
}

}  // namespace detaudit::rules::source
