#include "auditor/store/store.h"

#include <unistd.h>

#include <chrono>
#include <fstream>
#include <system_error>
#include <thread>

#include "auditor/store/audit_id.h"
#include "auditor/store/database.h"
#include "auditor/store/owner.h"
#include "auditor/store/report_rows.h"
#include "auditor/store/schema.h"
#include "instrument/trace/trace_file.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using reports::usage_error;

constexpr unsigned kIdAttempts = 4096;

std::string backquoted(const fs::path& path) {
  std::string text = "`";
  return text.append(path.string()).append("`");
}

[[noreturn]] void fail_creating(const fs::path& folder, const std::error_code& error) {
  const bool in_the_way = error == std::errc::file_exists || error == std::errc::not_a_directory;
  throw usage_error("DET906",
                    "cannot create the folder " + backquoted(folder) + ": " + error.message(),
                    std::string(in_the_way ? "move away what stands in its place"
                                           : "make its parent writable") +
                        ", or name a database elsewhere with --db");
}

// The default folder, hidden from git the moment it exists.
void create_default_folder(const fs::path& folder) {
  std::error_code error;
  bool created = fs::create_directory(folder, error);
  if (error) fail_creating(folder, error);
  if (created) std::ofstream(folder / ".gitignore") << "*\n";
}

// The default database, also when named in full: `run --again` changes folders after naming it.
bool is_default(const fs::path& path) {
  const fs::path name = Store::default_path();
  return path.filename() == name.filename() &&
         path.parent_path().filename() == name.parent_path().filename();
}

void check_path(const fs::path& path, Store::Access access) {
  fs::path file = fs::absolute(path), folder = file.parent_path();
  if (access == Store::Access::kReadWrite && is_default(path)) {
    create_default_folder(folder);
  }
  std::error_code error;
  if (!fs::exists(folder, error)) {
    if (access == Store::Access::kReadOnly && is_default(path)) {
      throw usage_error("DET903",
                        "there is no database here: " + backquoted(path) + " does not exist",
                        "audit something with `detaudit run`, or name a database with --db");
    }
    throw usage_error("DET903",
                      "the folder " + backquoted(folder) + " for the database does not exist",
                      "create it, or name a database elsewhere with --db");
  }
  fs::file_status status = fs::status(file, error);
  if (status.type() == fs::file_type::none) {
    throw usage_error("DET903",
                      "the database " + backquoted(path) + " cannot be opened: " + error.message(),
                      "check the path and its permissions, or name another with --db");
  }
  if (fs::is_directory(status)) {
    throw usage_error("DET903", backquoted(path) + " is a directory, not a database",
                      "name a file in it: --db " + (path / "audits.db").string());
  }
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw usage_error("DET903", backquoted(path) + " is not a regular file",
                      "name a database file with --db");
  }
  if (access == Store::Access::kReadOnly && !fs::exists(status)) {
    throw usage_error("DET903", "there is no database " + backquoted(path),
                      "audit something with `detaudit run --db " + path.string() +
                          "`, or name another with --db");
  }
}

// Readers and a writer at the same time. Where the file system cannot, the old journal stays.
void use_write_ahead_log(Database& database) {
  for (int attempt = 0;; ++attempt) {
    try {
      if (database.text("PRAGMA journal_mode") != "wal") {
        database.execute("PRAGMA journal_mode = WAL");
      }
      return;
    } catch (const reports::DiagnosticError&) {
      // Switching fails at once, lock wait or not, while another process opens the file.
      if (!database.busy() || attempt == 500) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

// SQLite reads what is missing at the end as zeros. With a log beside it the file may be mending.
void check_length(Database& database) {
  std::error_code error;
  if (fs::exists(database.file().string() + "-wal", error)) return;
  uintmax_t bytes = fs::file_size(database.file(), error);
  int64_t page = database.integer("PRAGMA page_size");
  if (error || bytes % static_cast<uintmax_t>(page) == 0) return;
  throw usage_error("DET903", "the database " + backquoted(database.file()) + " is cut short",
                    "restore it from a copy, or name another with --db");
}

std::unique_ptr<Database> open_for_writing(const fs::path& file) {
  auto database = std::make_unique<Database>(file, Database::Mode::kReadWrite);
  inspect_schema(*database);  // refuse before anything is changed
  check_length(*database);
  use_write_ahead_log(*database);
  database->execute("PRAGMA synchronous = FULL");
  migrate(*database);
  return database;
}

// No room for the few pages that a log's index takes.
bool is_full(const fs::path& folder) {
  constexpr uintmax_t kIndexBytes = 64 << 10;
  std::error_code error;
  const fs::space_info space = fs::space(folder, error);
  return !error && space.available < kIndexBytes;
}

bool holds_anything(const fs::path& file) {
  std::error_code error;
  const uintmax_t bytes = fs::file_size(file, error);
  return !error && bytes > 0;
}

// A log cannot be set up on a read-only medium, or on a full one; without one, nobody can be
// writing either.
std::unique_ptr<Database> open_for_reading(const fs::path& file) {
  auto database = std::make_unique<Database>(file, Database::Mode::kReadOnly);
  SchemaState schema;
  try {
    schema = inspect_schema(*database);
  } catch (const reports::DiagnosticError&) {
    fs::path log = file.string() + "-wal";
    const bool writable = access(file.parent_path().c_str(), W_OK) == 0;
    if ((writable && !is_full(file.parent_path())) || holds_anything(log)) throw;
    database = std::make_unique<Database>(file, Database::Mode::kImmutable);
    schema = inspect_schema(*database);
  }
  if (schema == SchemaState::kEmpty) {
    throw usage_error("DET903", backquoted(file) + " holds no audits",
                      "audit something with `detaudit run`, or name another database with --db");
  }
  check_length(*database);
  if (schema == SchemaState::kOld) return open_for_writing(file);
  return database;
}

// Of an audit that has no report.
int runs_traced(const fs::path& audit) {
  int runs = 0;
  std::error_code error;
  // detaudit: allow(DET223) a count
  for (const auto& entry : fs::directory_iterator(audit, error)) {
    runs += entry.path().filename().string().starts_with("run-") && entry.is_directory(error) &&
            !instrument::trace_files(entry.path()).empty();
  }
  return runs;
}

AuditState state_of(const std::string& state, const Owner& owner) {
  if (state == "complete") return AuditState::kComplete;
  if (state == "running" && alive(owner)) return AuditState::kRunning;
  return AuditState::kInterrupted;
}

}  // namespace

struct Store::State {
  fs::path file;
  std::unique_ptr<Database> database;

  void insert_audit(const std::string& id, AuditTime now, const AuditPlan& plan,
                    const std::string& title);
  [[noreturn]] void fail_unknown(const std::string& id) const;
};

void Store::State::insert_audit(const std::string& id, AuditTime now, const AuditPlan& plan,
                                const std::string& title) {
  Owner owner = this_process();
  database
      ->prepare(
          "INSERT INTO audits (id, started, title, state, directory, owner_pid, owner_start, "
          "owner_boot) VALUES (?,?,?,'running',?,?,?,?)")
      .bind(id, iso_time(now), title, plan.directory, owner.pid, owner.start, owner.boot)
      .run();
  Statement insert = database->prepare("INSERT INTO arguments VALUES (?,?,?,?)");
  auto list = [&](const char* part, const std::vector<std::string>& values) {
    int position = 0;
    for (const std::string& value : values) insert.bind(id, part, position++, value).run();
  };
  list("option", plan.options);
  list("subject", plan.subject);
}

void Store::State::fail_unknown(const std::string& id) const {
  throw usage_error("DET903", "there is no audit `" + id + "` in " + backquoted(file),
                    "`detaudit list` shows those that there are");
}

Store::Store(const fs::path& path, Access access) : state_(std::make_unique<State>()) {
  check_path(path, access);
  state_->file = fs::absolute(path).lexically_normal();
  state_->database = access == Access::kReadWrite ? open_for_writing(state_->file)
                                                  : open_for_reading(state_->file);
}

Store::~Store() = default;
Store::Store(Store&&) noexcept = default;

fs::path Store::default_path() { return ".detaudit/audits.db"; }

fs::path Store::trace_directory(const std::string& id) const {
  return state_->file.parent_path() / "audits" / id;
}

std::string Store::begin(const AuditPlan& plan, const std::string& title) {
  AuditTime now = std::chrono::system_clock::now();
  Transaction transaction(*state_->database);
  Statement taken = state_->database->prepare("SELECT 1 FROM audits WHERE id = ?");
  for (unsigned attempt = 0; attempt < kIdAttempts; ++attempt) {
    std::string id = audit_id(now, attempt);
    if (taken.bind(id).step()) continue;
    fs::path folder = trace_directory(id);
    std::error_code error;
    fs::create_directories(folder.parent_path(), error);
    if (!error && !fs::create_directory(folder, error) && !error) continue;  // left by a lost file
    if (error) fail_creating(folder, error);
    try {
      state_->insert_audit(id, now, plan, title);
      transaction.commit();
    } catch (...) {
      fs::remove(folder, error);
      throw;
    }
    return id;
  }
  throw usage_error("DET903", "no free audit id in " + backquoted(state_->file), "try again");
}

void Store::complete(const std::string& id, const reports::Report& report) {
  Database& database = *state_->database;
  Transaction transaction(database);
  database
      .prepare(
          "UPDATE audits SET state = 'complete', verdict = ?, scope = ?, goal = ?, "
          "report_json = ? WHERE id = ? AND report_json IS NULL")
      .bind(report.verdict, report.scope, report.goal, reports::render_json(report), id)
      .run();
  if (database.changes() != 1) {
    throw reports::DiagnosticError({reports::Severity::kError,
                                    "DET999",
                                    "audit `" + id + "` is not there to be completed",
                                    {},
                                    "",
                                    {},
                                    {"this is a fault of detaudit; nothing was changed"}},
                                   reports::ExitCode::kInternal);
  }
  insert_report_rows(database, id, report);
  transaction.commit();
}

void Store::discard(const std::string& id) {
  state_->database->prepare("DELETE FROM audits WHERE id = ?").bind(id).run();
  std::error_code ignored;
  fs::remove_all(trace_directory(id), ignored);
}

void Store::interrupt(const std::string& id, const std::string& reason) {
  state_->database->prepare("UPDATE audits SET state = 'interrupted', reason = ? WHERE id = ?")
      .bind(reason, id)
      .run();
}

std::vector<AuditRow> Store::list() const {
  Statement query = state_->database->prepare(
      "SELECT id, started, title, verdict, state, owner_pid, owner_start, owner_boot, "
      "(SELECT count(*) FROM runs WHERE audit = audits.id), "
      "(SELECT count(*) FROM findings WHERE audit = audits.id), report_json IS NULL "
      "FROM audits ORDER BY sequence DESC");
  std::vector<AuditRow> rows;
  while (query.step()) {
    Owner owner{query.integer(5), query.integer(6), query.text(7)};
    const int runs = query.integer(10) != 0 ? runs_traced(trace_directory(query.text(0)))
                                            : static_cast<int>(query.integer(8));
    rows.push_back({query.text(0), query.text(1), query.text(2), query.text(3),
                    state_of(query.text(4), owner), runs, static_cast<int>(query.integer(9))});
  }
  return rows;
}

std::string Store::newest() const {
  std::string id = state_->database->text("SELECT id FROM audits ORDER BY sequence DESC LIMIT 1");
  if (!id.empty()) return id;
  throw usage_error("DET903", backquoted(state_->file) + " holds no audits",
                    "audit something with `detaudit run`");
}

std::string Store::resolve(const std::string& prefix) const {
  Statement query = state_->database->prepare(
      "SELECT id FROM audits WHERE substr(id, 1, length(?1)) = ?1 ORDER BY id = ?1 DESC, sequence "
      "LIMIT 6");
  query.bind(prefix);
  std::vector<std::string> ids;
  while (query.step()) ids.push_back(query.text(0));
  if (prefix.empty() || ids.empty()) state_->fail_unknown(prefix);
  if (ids.size() == 1 || ids[0] == prefix) return ids[0];
  std::string candidates;
  for (const std::string& id : ids) candidates += (candidates.empty() ? "" : ", ") + id;
  throw usage_error("DET903", "`" + prefix + "` stands for several audits",
                    "write more of the id: " + candidates);
}

reports::Report Store::load(const std::string& id) const {
  Statement query = state_->database->prepare(
      "SELECT report_json, state, reason, owner_pid, owner_start, owner_boot FROM audits "
      "WHERE id = ?");
  if (!query.bind(id).step()) state_->fail_unknown(id);
  if (!query.null(0)) return reports::parse_json(query.text(0));
  Owner owner{query.integer(3), query.integer(4), query.text(5)};
  if (state_of(query.text(1), owner) == AuditState::kRunning) {
    throw usage_error("DET903", "audit `" + id + "` is still running",
                      "wait until it is done, or name another audit (`detaudit list`)");
  }
  std::string reason = query.null(2) ? "its process was killed" : query.text(2);
  throw usage_error("DET903", "audit `" + id + "` has no report: " + reason,
                    "run it again with `detaudit run --again " + id + "`; what it recorded is in " +
                        trace_directory(id).string());
}

AuditPlan Store::plan(const std::string& id) const {
  Statement audit = state_->database->prepare("SELECT directory, title FROM audits WHERE id = ?");
  if (!audit.bind(id).step()) state_->fail_unknown(id);
  AuditPlan plan;
  plan.directory = audit.text(0);
  plan.title = audit.text(1);
  Statement query = state_->database->prepare(
      "SELECT part, value FROM arguments WHERE audit = ? ORDER BY part, position");
  query.bind(id);
  while (query.step()) {
    (query.text(0) == "option" ? plan.options : plan.subject).push_back(query.text(1));
  }
  return plan;
}

std::optional<std::map<std::string, std::string>> Store::environment(const std::string& id) const {
  Statement query = state_->database->prepare("SELECT report_json FROM audits WHERE id = ?");
  if (!query.bind(id).step()) state_->fail_unknown(id);
  if (query.null(0)) return std::nullopt;
  return reports::parse_json(query.text(0)).environment;
}

}  // namespace detaudit::auditor
