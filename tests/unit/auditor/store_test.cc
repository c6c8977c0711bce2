#include "auditor/store/store.h"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include "auditor/store/audit_id.h"
#include "auditor/store/database.h"
#include "tests/unit/auditor/store_fixture.h"

namespace detaudit::auditor {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

TEST_F(StoreTest, GivesBackTheReportByteForByte) {
  std::string id = complete_audit();
  reports::Report loaded = open(Store::Access::kReadOnly).load(id);
  EXPECT_EQ(reports::render_json(loaded), reports::render_json(sample_report(id)));
}

TEST_F(StoreTest, ListsAuditsNewestFirst) {
  std::string first = complete_audit(), second = complete_audit();
  Store store = open();
  std::string running = store.begin(sample_plan(), "still going");
  std::vector<AuditRow> rows = store.list();
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].id, running);
  EXPECT_EQ(rows[0].state, AuditState::kRunning);
  EXPECT_EQ(rows[0].title, "still going");
  EXPECT_EQ(rows[0].verdict, "");
  EXPECT_EQ(rows[1].id, second);
  EXPECT_EQ(rows[2].id, first);
  EXPECT_EQ(rows[2].state, AuditState::kComplete);
  EXPECT_EQ(rows[2].verdict, "divergent");
  EXPECT_EQ(rows[2].runs, 2);
  EXPECT_EQ(rows[2].findings, 1);
  EXPECT_THAT(rows[2].started, MatchesRegex("20..-..-..T..:..:..Z"));
  EXPECT_EQ(store.newest(), running);
}

TEST_F(StoreTest, IdsAreShortAndSortByTime) {
  AuditTime time{std::chrono::microseconds(1795445762'500000)};
  EXPECT_EQ(audit_id(time, 0), "20261123-145602-8000");
  EXPECT_EQ(audit_id(time, 1), "20261123-145602-8001");
  EXPECT_EQ(audit_id(time, 0x8000), "20261123-145603-0000");
  EXPECT_EQ(iso_time(time), "2026-11-23T14:56:02Z");
  Store store = open();
  std::string previous;
  for (int i = 0; i < 20; ++i) {
    std::string id = store.begin(sample_plan(), "t");
    EXPECT_LT(previous, id);
    previous = id;
  }
}

TEST_F(StoreTest, KeepsThePlanExactly) {
  Store store = open();
  AuditPlan plan{{"--runs", "3"}, {"./prog", "", "a\nb", "\xff\xfe", "--", "é"}, "/tmp/\xff"};
  AuditPlan loaded = store.plan(store.begin(plan, "t"));
  EXPECT_EQ(loaded.options, plan.options);
  EXPECT_EQ(loaded.subject, plan.subject);
  EXPECT_EQ(loaded.directory, plan.directory);
}

TEST_F(StoreTest, PutsTracesBesideTheFile) {
  Store store = open();
  std::string id = store.begin(sample_plan(), "t");
  EXPECT_EQ(store.trace_directory(id), folder_ / "audits" / id);
  EXPECT_TRUE(std::filesystem::is_directory(store.trace_directory(id)));
}

TEST_F(StoreTest, ResolvesUniquePrefixes) {
  Store store = open();
  EXPECT_THAT(complaint_of([&] { store.newest(); }), HasSubstr("holds no audits"));
  std::string first = store.begin(sample_plan(), "t"), second = store.begin(sample_plan(), "t");
  EXPECT_EQ(store.resolve(first), first);
  size_t common = 0;
  while (first[common] == second[common]) ++common;
  EXPECT_EQ(store.resolve(second.substr(0, common + 1)), second);
  EXPECT_THAT(complaint_of([&] { store.resolve(first.substr(0, common)); }),
              AllOf(HasSubstr("several audits"), HasSubstr(first), HasSubstr(second)));
  EXPECT_THAT(complaint_of([&] { store.resolve("1999"); }), HasSubstr("no audit `1999`"));
  EXPECT_THAT(complaint_of([&] { store.resolve(""); }), HasSubstr("no audit ``"));
  EXPECT_THAT(complaint_of([&] { store.resolve("%"); }), HasSubstr("no audit `%`"));
}

TEST_F(StoreTest, SaysWhyThereIsNoReport) {
  Store store = open();
  std::string running = store.begin(sample_plan(), "t"), stopped = store.begin(sample_plan(), "t");
  store.interrupt(stopped, "Ctrl-C in run 1");
  EXPECT_THAT(complaint_of([&] { store.load(running); }), HasSubstr("still running"));
  EXPECT_THAT(complaint_of([&] { store.load(stopped); }),
              AllOf(HasSubstr("no report: Ctrl-C in run 1"), HasSubstr("--again " + stopped)));
  EXPECT_THAT(complaint_of([&] { store.load("x"); }), HasSubstr("no audit `x`"));
  EXPECT_EQ(store.list()[0].state, AuditState::kInterrupted);
}

TEST_F(StoreTest, CountsWhatAnInterruptedAuditRecorded) {
  Store store = open();
  const std::string id = store.begin(sample_plan(), "t");
  EXPECT_EQ(store.list()[0].runs, 0);
  for (const char* folder : {"run-0", "run-1", "run-2", "arms/arm-000"}) {
    std::filesystem::create_directories(store.trace_directory(id) / folder);
  }
  std::ofstream(store.trace_directory(id) / "run-0" / "p0.dtrace") << "a trace";
  std::ofstream(store.trace_directory(id) / "run-1" / "p0.dtrace.partial") << "begun";
  std::ofstream(store.trace_directory(id) / "arms" / "arm-000" / "p0.dtrace") << "no run";
  EXPECT_EQ(store.list()[0].runs, 2);
  store.interrupt(id, "Ctrl-C in run 2");
  EXPECT_EQ(store.list()[0].runs, 2);
  EXPECT_EQ(complete_audit() == id, false);
  EXPECT_EQ(store.list()[0].runs, 2);  // those of its report
  std::filesystem::remove_all(store.trace_directory(id));
  EXPECT_EQ(store.list()[1].runs, 0);
}

TEST_F(StoreTest, AnInterruptedAuditMayHaveAReport) {
  std::string id = complete_audit();
  Store store = open();
  store.interrupt(id, "Ctrl-C");
  EXPECT_EQ(store.list()[0].state, AuditState::kInterrupted);
  EXPECT_EQ(store.load(id).verdict, "divergent");
}

TEST_F(StoreTest, RefusesASecondReport) {
  std::string id = complete_audit();
  Store store = open();
  try {
    store.complete(id, sample_report(id));
    FAIL() << "completed twice";
  } catch (const reports::DiagnosticError& error) {
    EXPECT_EQ(error.exit_code(), reports::ExitCode::kInternal);
  }
  EXPECT_EQ(store.list()[0].findings, 1);
}

// What someone with the sqlite3 shell sees.
TEST_F(StoreTest, FillsTheTables) {
  std::string id = complete_audit();
  Database database(file_, Database::Mode::kReadOnly);
  auto row = [&](const std::string& sql, int columns) {
    Statement query = database.prepare(sql);
    std::string text;
    while (query.step()) {
      for (int i = 0; i < columns; ++i) text += (query.null(i) ? "-" : query.text(i)) + "|";
    }
    return text;
  };
  EXPECT_EQ(row("SELECT id, verdict, state, goal FROM audits", 4),
            id + "|divergent|complete|bitwise|");
  EXPECT_EQ(row("SELECT run, exit_code, signal, events FROM runs ORDER BY run", 4),
            "0|0|-|0|1|-|SIGSEGV|1234|");
  EXPECT_EQ(row("SELECT code, cause, op, step, line, \"column\", max_ulp FROM findings", 7),
            "DET101|float-atomics|scatter_add|3|41|5|9223372036854775807|");
  EXPECT_EQ(row("SELECT text FROM evidence ORDER BY position", 1),
            "3 distinct results in 16 executions|equal on one worker|");
  EXPECT_EQ(row("SELECT value FROM coverage WHERE name IN ('unseen', 'events_compared') "
                "ORDER BY name",
                1),
            "1234|device memory|");
  EXPECT_EQ(row("SELECT name, value FROM environment ORDER BY name", 2),
            "cpu.model|a CPU|os.name|Debian|");
  EXPECT_EQ(row("SELECT name, run, last_value FROM metrics ORDER BY run", 3),
            "loss|0|0.25|loss|1|0.5|");
  EXPECT_EQ(row("SELECT op, varied FROM operations", 2), "scatter_add|1|");
}

TEST_F(StoreTest, CreatesTheDefaultFolderHiddenFromGit) {
  std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder_);
  std::string absent = complaint_of([] { Store(Store::default_path(), Store::Access::kReadOnly); });
  bool created_by_reader = std::filesystem::exists(".detaudit");
  { Store store(Store::default_path(), Store::Access::kReadWrite); }
  std::filesystem::current_path(before);
  EXPECT_THAT(absent, AllOf(StartsWith("DET903"), HasSubstr("detaudit run")));
  EXPECT_FALSE(created_by_reader);
  EXPECT_TRUE(std::filesystem::exists(folder_ / ".detaudit" / "audits.db"));
  std::ifstream ignore(folder_ / ".detaudit" / ".gitignore");
  std::string line;
  EXPECT_TRUE(std::getline(ignore, line));
  EXPECT_EQ(line, "*");
}

}  // namespace
}  // namespace detaudit::auditor
