#include <gmock/gmock.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>
#include <set>
#include <thread>

#include "auditor/store/database.h"
#include "tests/unit/auditor/store_fixture.h"

namespace detaudit::auditor {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class StoreFaults : public StoreTest {
 protected:
  std::string bytes() const {
    std::ifstream file(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // Reads everything there is. A damaged database may give an answer or a complaint, nothing else.
  std::string complaint_of_reading(Store::Access access) const {
    return complaint_of([&] {
      Store store = open(access);
      for (const AuditRow& row : store.list()) {
        store.plan(row.id);
        store.load(store.resolve(row.id));
      }
    });
  }
  template <typename Act>
  pid_t in_a_child(Act act) const {
    pid_t child = fork();
    if (child == 0) {
      try {
        act();
      } catch (...) {
        _exit(1);
      }
      _exit(0);
    }
    return child;
  }
  static int status_of(pid_t child) {
    int status = -1;
    waitpid(child, &status, 0);
    return status;
  }
};

// A report of about a megabyte, so that writing it takes many pages.
reports::Report big_report(const std::string& id) {
  reports::Report report = sample_report(id);
  for (int i = 0; i < 2000; ++i) {
    report.findings.push_back(sample_finding());
    report.findings.back().message += std::string(200, 'm');
  }
  return report;
}

TEST_F(StoreFaults, EightProcessesWithFiveAuditsEachLoseNothing) {
  std::vector<pid_t> children;
  for (int process = 0; process < 8; ++process) {
    children.push_back(in_a_child([&] {
      for (int audit = 0; audit < 5; ++audit) complete_audit();
    }));
  }
  for (pid_t child : children) EXPECT_EQ(status_of(child), 0);
  Store store = open();
  std::set<std::string> ids;
  for (const AuditRow& row : store.list()) {
    EXPECT_EQ(row.state, AuditState::kComplete);
    EXPECT_EQ(reports::render_json(store.load(row.id)),
              reports::render_json(sample_report(row.id)));
    EXPECT_TRUE(std::filesystem::is_directory(store.trace_directory(row.id)));
    ids.insert(row.id);
  }
  EXPECT_EQ(ids.size(), 40u);
}

// Each round is another chance for one process to look while another is half way: before
// inspect_schema read all in one statement, about one round in thirty was refused.
TEST_F(StoreFaults, ProcessesThatCreateOneDatabaseAtOnceAllSucceed) {
  for (int round = 0; round < 150; ++round) {
    std::filesystem::remove_all(file_.parent_path() / "together");
    std::filesystem::create_directory(file_.parent_path() / "together");
    std::filesystem::path file = file_.parent_path() / "together" / "audits.db";
    std::vector<pid_t> children;
    for (int process = 0; process < 6; ++process) {
      children.push_back(in_a_child([&] { Store store(file, Store::Access::kReadWrite); }));
    }
    for (pid_t child : children) ASSERT_EQ(status_of(child), 0) << "round " << round;
  }
}

// Killed after different delays, so that some kills fall into a transaction.
TEST_F(StoreFaults, AKilledProcessLeavesEveryCompletedAuditWhole) {
  std::set<std::string> complete = {complete_audit()};
  for (int kill_number = 0; kill_number < 20; ++kill_number) {
    pid_t child = in_a_child([&] {
      Store store = open();
      for (;;) {
        std::string id = store.begin(sample_plan(), "doomed");
        store.complete(id, big_report(id));
      }
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(10 + 7 * kill_number));
    kill(child, SIGKILL);
    status_of(child);
    Store store = open();
    int unfinished = 0;
    std::set<std::string> found;
    for (const AuditRow& row : store.list()) {
      found.insert(row.state == AuditState::kComplete ? row.id : "");
      unfinished += row.state == AuditState::kInterrupted;
      EXPECT_NE(row.state, AuditState::kRunning) << "its process is gone";
      // All of a report or none of it.
      bool whole = row.state != AuditState::kComplete || row.findings == 2001 || row.findings == 1;
      EXPECT_TRUE(whole) << row.findings;
    }
    EXPECT_LE(unfinished, kill_number + 1);
    for (const std::string& id : complete) EXPECT_TRUE(found.contains(id)) << id << " was lost";
    found.erase("");
    complete = found;
  }
  Database database(file_, Database::Mode::kReadOnly);
  EXPECT_EQ(database.text("PRAGMA integrity_check"), "ok");
}

TEST_F(StoreFaults, AKilledAuditIsShownAsInterrupted) {
  pid_t child = in_a_child([&] { open().begin(sample_plan(), "killed"); });
  EXPECT_EQ(status_of(child), 0);
  std::vector<AuditRow> rows = open(Store::Access::kReadOnly).list();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].state, AuditState::kInterrupted);
  EXPECT_THAT(complaint_of([&] { open().load(rows[0].id); }), HasSubstr("its process was killed"));
}

// RLIMIT_FSIZE stands in for a full disk: writes beyond it fail with EFBIG.
TEST_F(StoreFaults, ADiskThatIsFullFailsTheAuditAndKeepsTheOthers) {
  std::string kept = complete_audit();
  pid_t child = in_a_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    rlimit limit{200 << 10, 200 << 10};
    setrlimit(RLIMIT_FSIZE, &limit);
    std::string complaint = complaint_of([&] {
      Store store = open();
      std::string id = store.begin(sample_plan(), "too big");
      store.complete(id, big_report(id));
    });
    if (complaint.find("DET906") != 0) throw 1;
  });
  EXPECT_EQ(status_of(child), 0);
  Store store = open();
  ASSERT_EQ(store.list().size(), 2u);
  EXPECT_EQ(store.list()[0].findings, 0) << "half of a report";
  EXPECT_EQ(store.list()[0].state, AuditState::kInterrupted);
  EXPECT_EQ(store.load(kept).audit_id, kept);
}

// A file system of its own, full to the last byte: what was stored can be read all the same.
TEST_F(StoreFaults, AStoreOnAFullDiskCanBeRead) {
  constexpr int kCannotMount = 77;
  const pid_t child = in_a_child([&] {
    const std::filesystem::path disk = folder_ / "disk";
    std::filesystem::create_directory(disk);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=2m") != 0) {
      _exit(kCannotMount);
    }
    const std::filesystem::path file = disk / "audits.db";
    std::string id;
    {
      Store store(file, Store::Access::kReadWrite);
      id = store.begin(sample_plan(), "train");
      store.complete(id, sample_report(id));
    }
    const int filler = ::open((disk / "filler").c_str(), O_CREAT | O_WRONLY, 0644);
    const std::string page(4096, 'x');
    while (::write(filler, page.data(), page.size()) > 0) {
    }
    close(filler);
    if (std::filesystem::space(disk).available != 0) throw 1;
    const Store reader(file, Store::Access::kReadOnly);
    if (reader.list().size() != 1 || reader.resolve(id) != id || reader.plan(id).title != "train" ||
        reports::render_json(reader.load(id)) != reports::render_json(sample_report(id))) {
      throw 2;
    }
    const std::string complaint = complaint_of([&] {
      Store store(file, Store::Access::kReadWrite);
      const std::string another = store.begin(sample_plan(), "too much");
      store.complete(another, big_report(another));
    });
    if (!complaint.starts_with("DET906")) throw 3;
    if (Store(file, Store::Access::kReadOnly).load(id).audit_id != id) throw 4;
  });
  const int status = status_of(child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kCannotMount) GTEST_SKIP() << "no file system can be mounted here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(StoreFaults, AFullDatabaseSaysSo) {
  complete_audit();
  Database database(file_, Database::Mode::kReadWrite);
  database.execute("PRAGMA max_page_count = 1");
  EXPECT_THAT(complaint_of([&] {
                database.execute("CREATE TABLE big (x)");
                Transaction transaction(database);
                database.execute("INSERT INTO big VALUES (zeroblob(10000000))");
                transaction.commit();
              }),
              AllOf(StartsWith("DET906 no space left"), HasSubstr("free space")));
}

// Steps of 1009 bytes, and every length that is a whole number of pages.
size_t next_length(size_t length) {
  return std::min((length / 4096 + 1) * 4096, (length / 1009 + 1) * 1009);
}

TEST_F(StoreFaults, ATruncatedFileGivesOneError) {
  complete_audit();
  { Store checkpoint = open(); }
  std::string whole = bytes();
  ASSERT_GT(whole.size(), 8192u);
  int complaints = 0, total = 0;
  for (size_t length = 1; length < whole.size(); length = next_length(length), ++total) {
    write(file_, whole.substr(0, length));
    std::string reading = complaint_of_reading(Store::Access::kReadOnly);
    std::string writing = complaint_of_reading(Store::Access::kReadWrite);
    complaints += !reading.empty() && !writing.empty();
  }
  EXPECT_EQ(complaints, total) << "a shortened file passed for a whole one";
}

TEST_F(StoreFaults, DamagedBytesNeverCrash) {
  complete_audit();
  { Store checkpoint = open(); }
  std::string whole = bytes();
  uint64_t state = 1;  // a fixed sequence of positions and values
  auto draw = [&] {
    return state = state * 6364136223846793005u + 1442695040888963407u, state >> 33;
  };
  int complaints = 0;
  for (int i = 0; i < 300; ++i) {
    std::string damaged = whole;
    for (int edit = 0; edit < 8; ++edit) {
      damaged[draw() % damaged.size()] = static_cast<char>(draw());
    }
    write(file_, damaged);
    complaints += !complaint_of_reading(Store::Access::kReadOnly).empty();
  }
  EXPECT_GT(complaints, 0);
}

TEST_F(StoreFaults, ALockedDatabaseSaysSoWhenTheWaitIsOver) {
  complete_audit();
  Database holder(file_, Database::Mode::kReadWrite), waiter(file_, Database::Mode::kReadWrite);
  waiter.execute("PRAGMA busy_timeout = 20");
  Transaction held(holder);
  EXPECT_THAT(complaint_of([&] { Transaction wanted(waiter); }),
              HasSubstr("locked by another program"));
}

TEST_F(StoreFaults, AReaderAndAWriterDoNotWaitForEachOther) {
  std::string id = complete_audit();
  Store reader = open(Store::Access::kReadOnly);
  Database writer(file_, Database::Mode::kReadWrite);
  Transaction transaction(writer);
  writer.execute("UPDATE audits SET title = 'changed'");
  EXPECT_EQ(reader.list().at(0).title, "train");
  transaction.commit();
  EXPECT_EQ(reader.list().at(0).title, "changed");
}

}  // namespace
}  // namespace detaudit::auditor
