#pragma once

#include <clang-c/Index.h>

#include <string>
#include <vector>

namespace detaudit::rules::source {

// libclang's cursors and types in terms that rules speak in. A cursor lives as long as its
// translation unit.

std::string take(CXString text);  // disposes it
std::string spelling(CXCursor cursor);
std::string type_name(CXType type);  // without typedefs; of what is no type ""

// "std::chrono::system_clock::now": with namespaces and classes, without inline namespaces.
std::string qualified_name(CXCursor cursor);

bool is_null(CXCursor cursor);
bool is_function(CXCursorKind kind);  // of any sort, templates too
CXCursor none();
std::vector<CXCursor> children(CXCursor cursor);

// The first word that is written there: of macros their name.
std::string first_token(CXTranslationUnit unit, CXCursor cursor);

// Hashing and equality for containers: cursors of one declaration, whichever redeclaration.
CXCursor declaration(CXCursor cursor);
struct CursorHash {
  size_t operator()(CXCursor cursor) const { return clang_hashCursor(cursor); }
};
struct CursorEqual {
  bool operator()(CXCursor a, CXCursor b) const { return clang_equalCursors(a, b) != 0; }
};

// A place in a file; macros count where they are expanded.
struct Place {
  std::string file;  // its real path
  unsigned line = 0, column = 0;
  unsigned end_line = 0, end_column = 0;  // of the first byte behind it
};
Place place_of(CXCursor cursor);
Place place_of(CXSourceRange range);

}  // namespace detaudit::rules::source
