#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reports/report.h"

namespace detaudit::auditor {

enum class AuditState { kRunning, kComplete, kInterrupted };

// One line of `detaudit list`.
struct AuditRow {
  std::string id;
  std::string started;      // ISO 8601, UTC
  std::string title;
  std::string verdict;      // empty while running or when interrupted before one
  AuditState state = AuditState::kRunning;
  int runs = 0;             // of an audit without a report: those that left a trace so far
  int findings = 0;
};

// What `--again` needs: the audit's command, exactly.
struct AuditPlan {
  std::vector<std::string> options;   // of `detaudit run`, without the subject
  std::vector<std::string> subject;
  std::string directory;              // working directory
  std::string title{};                // as plan() tells it; begin() gets its own
};

// The findings database, one SQLite file (WAL, migrated by user_version), the traces beside it in
// audits/<id>/. Owns the connection. Safe with concurrent audits in several processes; an audit is
// visible from begin() on and its report is stored in one transaction.
// Throws reports::DiagnosticError: exit 2 for a path that cannot be used, a foreign file or one
// written by a newer version; exit 4 for a fault of SQLite; exit 2 (DET906) for a full disk.
class Store {
 public:
  enum class Access { kReadOnly, kReadWrite };
  // kReadWrite creates the file, and its parent only when `path` is the default one.
  Store(const std::filesystem::path& path, Access access);
  ~Store();
  Store(Store&&) noexcept;

  static std::filesystem::path default_path();   // .detaudit/audits.db

  std::string begin(const AuditPlan& plan, const std::string& title);   // a new audit's id
  std::filesystem::path trace_directory(const std::string& id) const;   // audits/<id>
  void complete(const std::string& id, const reports::Report& report);
  void interrupt(const std::string& id, const std::string& reason);
  void discard(const std::string& id);                       // an audit without a report, with its traces

  std::vector<AuditRow> list() const;                        // newest first
  std::string newest() const;                                // throws exit 2 when empty
  std::string resolve(const std::string& prefix) const;      // id by unique prefix; throws exit 2
  reports::Report load(const std::string& id) const;         // throws exit 2 when it has no report
  AuditPlan plan(const std::string& id) const;
  // The manifest of an audit; nothing when it was interrupted before it had one.
  std::optional<std::map<std::string, std::string>> environment(const std::string& id) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace detaudit::auditor
