#include "auditor/store/database_error.h"

#include <sqlite3.h>
#include <unistd.h>

#include <cstring>

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using reports::usage_error;

reports::DiagnosticError cannot_open(const fs::path& file, const std::string& name, int error) {
  fs::path folder = file.parent_path();
  std::error_code ignored;
  if (fs::exists(folder, ignored) && access(folder.c_str(), W_OK | X_OK) != 0) {
    return usage_error("DET906", "the folder `" + folder.string() + "` cannot be written",
                       "make it writable, or name a database elsewhere with --db");
  }
  std::string reason = error != 0 ? std::string(": ") + std::strerror(error) : "";
  return usage_error("DET903", "the database " + name + " cannot be opened" + reason,
                     "check the path and its permissions, or name another with --db");
}

}  // namespace

reports::DiagnosticError database_error(const fs::path& file, sqlite3* connection, int result) {
  std::string name = "`";
  name.append(file.string()).append("`");
  int error = connection != nullptr ? sqlite3_system_errno(connection) : 0;
  std::string detail = connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(result);
  switch (result & 0xff) {
    case SQLITE_NOTADB:
      return usage_error("DET903", name + " is not a detaudit database",
                         "name another file with --db");
    case SQLITE_ERROR:  // our statements are right, so the tables are not those we made
    case SQLITE_CORRUPT:
      return usage_error("DET903", "the database " + name + " is damaged: " + detail,
                         "move it away (`sqlite3 " + file.string() +
                             " .recover` may save what it holds), or name another with --db");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return cannot_open(file, name, error);
    case SQLITE_READONLY:
      return usage_error("DET906", "the database " + name + " cannot be written",
                         "make the file and its folder writable, or name another with --db");
    case SQLITE_FULL:
      return usage_error("DET906", "no space left for the database " + name,
                         "free space on its disk, or name a database on another with --db");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return usage_error("DET903", "the database " + name + " is locked by another program",
                         "wait until that program is done, or name another with --db");
    case SQLITE_IOERR: {
      std::string reason = error != 0 ? std::strerror(error) : detail;
      return usage_error("DET906", "the database " + name + " cannot be read or written: " + reason,
                         "see to its disk, or name a database on another with --db");
    }
    default:
      return {{reports::Severity::kError,
               "DET999",
               "the database " + name + ": " + detail,
               {},
               "",
               {"SQLite result " + std::to_string(result)},
               {"this is a fault of detaudit; the database was left as it was"}},
              reports::ExitCode::kInternal};
  }
}

}  // namespace detaudit::auditor
