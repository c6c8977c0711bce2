#include "auditor/store/database.h"

#include <sqlite3.h>

#include <limits>

#include "auditor/store/database_error.h"

namespace detaudit::auditor {
namespace {

constexpr int kLockWaitMs = 30'000;

// A file: URI: the one way to say `immutable`.
std::string immutable_uri(const std::filesystem::path& file) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string uri = "file:";
  for (unsigned char c : file.string()) {
    bool plain = std::isalnum(c) || c == '/' || c == '.' || c == '-' || c == '_';
    if (plain) {
      uri += static_cast<char>(c);
    } else {
      uri += {'%', kHex[c >> 4], kHex[c & 15]};
    }
  }
  return uri + "?immutable=1";
}

sqlite3* open_connection(const std::filesystem::path& file, Database::Mode mode) {
  bool immutable = mode == Database::Mode::kImmutable;
  std::string name = immutable ? immutable_uri(file) : file.string();
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | (immutable ? SQLITE_OPEN_URI : 0);
  flags |= mode == Database::Mode::kReadWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                              : SQLITE_OPEN_READONLY;
  sqlite3* connection = nullptr;
  int result = sqlite3_open_v2(name.c_str(), &connection, flags, nullptr);
  if (result == SQLITE_OK) return connection;
  reports::DiagnosticError error = database_error(file, connection, result);
  sqlite3_close(connection);
  throw error;
}

}  // namespace

Statement::Statement(Database& database, sqlite3_stmt* statement)
    : database_(&database), statement_(statement, sqlite3_finalize) {}

bool Statement::step() {
  int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) database_->check(result);
  return false;
}

void Statement::reset() {
  sqlite3_reset(statement_.get());  // repeats the error of a failed step, which step() threw
}

bool Statement::null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? "" : std::string(static_cast<const char*>(bytes), size);
}

void Statement::bind_one(int index, std::nullptr_t) {
  database_->check(sqlite3_bind_null(statement_.get(), index));
}

void Statement::bind_one(int index, int64_t value) {
  database_->check(sqlite3_bind_int64(statement_.get(), index, value));
}

void Statement::bind_one(int index, uint64_t value) {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  bind_one(index, static_cast<int64_t>(value < kMost ? value : kMost));
}

void Statement::bind_one(int index, double value) {
  database_->check(sqlite3_bind_double(statement_.get(), index, value));
}

void Statement::bind_one(int index, std::string_view value) {
  const char* text = value.data() != nullptr ? value.data() : "";
  database_->check(sqlite3_bind_text64(statement_.get(), index, text, value.size(),
                                       SQLITE_TRANSIENT, SQLITE_UTF8));
}

Database::Database(const std::filesystem::path& file, Mode mode)
    : file_(file), connection_(open_connection(file, mode), sqlite3_close) {
  check(sqlite3_busy_timeout(connection_.get(), kLockWaitMs));
  if (mode == Mode::kReadWrite && sqlite3_db_readonly(connection_.get(), "main") == 1) {
    throw database_error(file_, nullptr, SQLITE_READONLY);  // SQLite fell back without a word
  }
  execute("PRAGMA foreign_keys = ON");
}

Statement Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v2(connection_.get(), sql.data(), static_cast<int>(sql.size()), &statement,
                           nullptr));
  return Statement(*this, statement);
}

void Database::execute(const std::string& sql) {
  check(sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr));
}

int64_t Database::integer(std::string_view sql) {
  Statement statement = prepare(sql);
  return statement.step() ? statement.integer(0) : 0;
}

std::string Database::text(std::string_view sql) {
  Statement statement = prepare(sql);
  return statement.step() ? statement.text(0) : "";
}

int64_t Database::changes() const { return sqlite3_changes64(connection_.get()); }

bool Database::busy() const { return (sqlite3_errcode(connection_.get()) & 0xff) == SQLITE_BUSY; }

void Database::check(int result) const {
  if (result != SQLITE_OK) throw database_error(file_, connection_.get(), result);
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const reports::DiagnosticError&) {
    // SQLite rolled back by itself; what went wrong is already on its way.
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace detaudit::auditor
