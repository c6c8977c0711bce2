#pragma once

#include <filesystem>

#include "reports/diagnostic.h"

struct sqlite3;

namespace detaudit::auditor {

// What an SQLite result code means to a user. Exit 2 for what the user can mend (DET903: the file
// is foreign, damaged, locked, not there; DET906: it cannot be written), exit 4 for anything else.
// `connection` may be null.
reports::DiagnosticError database_error(const std::filesystem::path& file, sqlite3* connection,
                                        int result);

}  // namespace detaudit::auditor
