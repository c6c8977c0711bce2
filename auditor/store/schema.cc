#include "auditor/store/schema.h"

#include <array>

#include "reports/diagnostic.h"

namespace detaudit::auditor {
namespace {

constexpr int64_t kApplicationId = 0x44455441;  // "DETA"

// docs/store.md says what each column holds.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE audits (
  sequence    INTEGER PRIMARY KEY AUTOINCREMENT,
  id          TEXT NOT NULL UNIQUE,
  started     TEXT NOT NULL,
  title       TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('running', 'complete', 'interrupted')),
  reason      TEXT,
  verdict     TEXT,
  scope       TEXT,
  goal        TEXT,
  directory   TEXT NOT NULL,
  owner_pid   INTEGER NOT NULL,
  owner_start INTEGER NOT NULL,
  owner_boot  TEXT NOT NULL,
  report_json TEXT
);
CREATE TABLE arguments (
  audit    TEXT NOT NULL REFERENCES audits (id) ON DELETE CASCADE,
  part     TEXT NOT NULL CHECK (part IN ('option', 'subject')),
  position INTEGER NOT NULL,
  value    TEXT NOT NULL,
  PRIMARY KEY (audit, part, position)
) WITHOUT ROWID;
CREATE TABLE runs (
  audit        TEXT NOT NULL REFERENCES audits (id) ON DELETE CASCADE,
  run          INTEGER NOT NULL,
  exit_code    INTEGER,
  signal       TEXT,
  timed_out    INTEGER NOT NULL,
  events       INTEGER NOT NULL,
  lossy        INTEGER NOT NULL,
  wall_seconds REAL,
  digest       TEXT NOT NULL,
  conditions   TEXT NOT NULL,
  PRIMARY KEY (audit, run)
) WITHOUT ROWID;
CREATE TABLE findings (
  audit           TEXT NOT NULL REFERENCES audits (id) ON DELETE CASCADE,
  position        INTEGER NOT NULL,
  id              TEXT NOT NULL,
  code            TEXT NOT NULL,
  severity        TEXT NOT NULL,
  message         TEXT NOT NULL,
  cause           TEXT NOT NULL,
  proof           TEXT NOT NULL,
  kind            TEXT NOT NULL,
  op              TEXT NOT NULL,
  key             TEXT NOT NULL,
  kernel          TEXT NOT NULL,
  lane            TEXT NOT NULL,
  step            INTEGER NOT NULL,
  event           INTEGER NOT NULL,
  origin          INTEGER NOT NULL,
  occurrences     INTEGER NOT NULL,
  elements        INTEGER,
  differing       INTEGER,
  max_ulp         INTEGER,
  max_abs         REAL,
  file            TEXT,
  line            INTEGER,
  "column"        INTEGER,
  fix_summary     TEXT NOT NULL,
  fix_replacement TEXT NOT NULL,
  fix_cost_ratio  REAL,
  PRIMARY KEY (audit, position)
) WITHOUT ROWID;
CREATE INDEX findings_by_code ON findings (code, audit);
CREATE TABLE evidence (
  audit    TEXT NOT NULL,
  finding  INTEGER NOT NULL,
  position INTEGER NOT NULL,
  text     TEXT NOT NULL,
  PRIMARY KEY (audit, finding, position),
  FOREIGN KEY (audit, finding) REFERENCES findings (audit, position) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE coverage (
  audit    TEXT NOT NULL REFERENCES audits (id) ON DELETE CASCADE,
  name     TEXT NOT NULL,
  position INTEGER NOT NULL,
  value    NOT NULL,
  PRIMARY KEY (audit, name, position)
) WITHOUT ROWID;
CREATE TABLE operations (
  audit      TEXT NOT NULL REFERENCES audits (id) ON DELETE CASCADE,
  position   INTEGER NOT NULL,
  op         TEXT NOT NULL,
  kind       TEXT NOT NULL,
  events     INTEGER NOT NULL,
  origins    INTEGER NOT NULL,
  propagated INTEGER NOT NULL,
  replayed   INTEGER NOT NULL,
  varied     INTEGER NOT NULL,
  PRIMARY KEY (audit, position)
) WITHOUT ROWID;
CREATE TABLE environment (
  audit TEXT NOT NULL REFERENCES audits (id) ON DELETE CASCADE,
  name  TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (audit, name)
) WITHOUT ROWID;
CREATE TABLE metrics (
  audit              TEXT NOT NULL REFERENCES audits (id) ON DELETE CASCADE,
  name               TEXT NOT NULL,
  run                INTEGER NOT NULL,
  last_value         REAL,
  max_abs_difference REAL,
  tolerance          REAL,
  within             INTEGER NOT NULL,
  PRIMARY KEY (audit, name, run)
) WITHOUT ROWID;
)sql";

constexpr std::array kMigrations = {Migration{kVersion1}};

struct Markings {
  int64_t version;
  int64_t application;
  bool empty;
};

// One statement, so one snapshot: another process may be creating the schema right now, and
// its version must not be read from before and its application id from after.
Markings markings_of(Database& database) {
  Statement read = database.prepare(
      "SELECT user_version, application_id, NOT EXISTS (SELECT 1 FROM sqlite_schema) "
      "FROM pragma_user_version, pragma_application_id");
  read.step();
  return {read.integer(0), read.integer(1), read.integer(2) != 0};
}

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

SchemaState inspect_schema(Database& database, std::span<const Migration> list) {
  auto [version, application, empty] = markings_of(database);
  if (empty && version == 0 && application == 0) return SchemaState::kEmpty;
  std::string name = "`" + database.file().string() + "`";
  if (application != kApplicationId || version < 1) {
    throw reports::usage_error("DET903", name + " is a database of another program",
                               "name another file with --db");
  }
  auto newest = static_cast<int64_t>(list.size());
  if (version > newest) {
    throw reports::usage_error("DET903",
                               name + " was written by a newer detaudit: version " +
                                   std::to_string(version) + ", this one knows " +
                                   std::to_string(newest),
                               "use that detaudit, or name another file with --db");
  }
  return version < newest ? SchemaState::kOld : SchemaState::kCurrent;
}

void migrate(Database& database, std::span<const Migration> list) {
  while (inspect_schema(database, list) != SchemaState::kCurrent) {
    Transaction transaction(database);
    if (inspect_schema(database, list) == SchemaState::kCurrent) return;  // another process did it
    auto version = static_cast<size_t>(database.integer("PRAGMA user_version"));
    database.execute(list[version].sql);
    database.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
    database.execute("PRAGMA user_version = " + std::to_string(version + 1));
    transaction.commit();
  }
}

}  // namespace detaudit::auditor
