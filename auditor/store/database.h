#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace detaudit::auditor {

class Database;

// One prepared statement. Values are bound in order by bind(), columns read after a step() that
// returned true. Must not outlive its database. Every call throws as Database does.
class Statement {
 public:
  template <typename... Values>
  Statement& bind(const Values&... values) {
    reset();
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }
  bool step();  // true: a row is there
  void run() {  // to the end, rows ignored
    while (step()) {
    }
  }

  bool null(int column) const;
  int64_t integer(int column) const;
  std::string text(int column) const;  // "" for NULL; raw bytes

 private:
  friend class Database;
  Statement(Database& database, sqlite3_stmt* statement);

  void reset();
  void bind_one(int index, std::nullptr_t);
  void bind_one(int index, int64_t value);
  void bind_one(int index, int value) { bind_one(index, int64_t{value}); }
  void bind_one(int index, unsigned value) { bind_one(index, int64_t{value}); }
  void bind_one(int index, bool value) { bind_one(index, int64_t{value}); }
  void bind_one(int index, uint64_t value);  // at most INT64_MAX is stored
  void bind_one(int index, double value);    // NaN is stored as NULL
  void bind_one(int index, std::string_view value);
  void bind_one(int index, const std::string& value) { bind_one(index, std::string_view(value)); }
  void bind_one(int index, const char* value) { bind_one(index, std::string_view(value)); }
  template <typename Value>
  void bind_one(int index, const std::optional<Value>& value) {
    value ? bind_one(index, *value) : bind_one(index, nullptr);
  }

  Database* database_;
  std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement_;
};

// One connection to an SQLite file: waits for locks up to 30 s, foreign keys on. One thread.
// Throws reports::DiagnosticError, see database_error().
class Database {
 public:
  enum class Mode { kReadOnly, kReadWrite, kImmutable /* read-only medium: nobody can write */ };
  Database(const std::filesystem::path& file, Mode mode);  // kReadWrite creates the file
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const std::filesystem::path& file() const { return file_; }
  Statement prepare(std::string_view sql);
  void execute(const std::string& sql);   // one or several statements, rows ignored
  int64_t integer(std::string_view sql);  // first column of the first row
  std::string text(std::string_view sql);
  int64_t changes() const;       // rows changed by the newest statement
  bool busy() const;             // the newest error was another's lock
  void check(int result) const;  // throws unless result says that all is well

 private:
  std::filesystem::path file_;
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> connection_;
};

// A write transaction: takes the write lock at once, rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace detaudit::auditor
