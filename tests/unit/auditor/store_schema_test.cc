#include "auditor/store/schema.h"

#include <gmock/gmock.h>

#include "tests/unit/auditor/store_fixture.h"

namespace detaudit::auditor {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Schema : public StoreTest {
 protected:
  void execute(const std::string& sql) const {
    Database(file_, Database::Mode::kReadWrite).execute(sql);
  }
  std::string complaint(Store::Access access = Store::Access::kReadWrite) const {
    return complaint_of([&] { open(access); });
  }
};

constexpr Migration kSteps[] = {{"CREATE TABLE one (x)"},
                                {"ALTER TABLE one ADD COLUMN y DEFAULT 7"},
                                {"CREATE TABLE three (z)"}};

TEST_F(Schema, MigratesFromAnyVersionToTheNewest) {
  for (size_t from = 0; from <= 3; ++from) {
    std::filesystem::remove(file_);
    Database database(file_, Database::Mode::kReadWrite);
    if (from > 0) {
      migrate(database, std::span(kSteps).first(from));
      database.execute("INSERT INTO one (x) VALUES (5)");
    }
    migrate(database, kSteps);
    EXPECT_EQ(database.integer("PRAGMA user_version"), 3);
    EXPECT_EQ(database.integer("SELECT count(*) FROM three"), 0);
    EXPECT_EQ(database.integer("SELECT sum(x * 10 + y) FROM one"), from > 0 ? 57 : 0);
  }
}

TEST_F(Schema, AFailedStepChangesNothing) {
  constexpr Migration broken[] = {{"CREATE TABLE one (x)"},
                                  {"CREATE TABLE two (x); INSERT INTO nowhere VALUES (1)"}};
  Database database(file_, Database::Mode::kReadWrite);
  EXPECT_THROW(migrate(database, broken), reports::DiagnosticError);
  EXPECT_EQ(database.integer("PRAGMA user_version"), 1);
  EXPECT_EQ(database.integer("SELECT count(*) FROM sqlite_schema"), 1);
}

TEST_F(Schema, RefusesANewerVersion) {
  complete_audit();
  execute("PRAGMA user_version = 99");
  EXPECT_THAT(complaint(), AllOf(HasSubstr("newer detaudit"), HasSubstr("99")));
  EXPECT_THAT(complaint(Store::Access::kReadOnly), HasSubstr("newer detaudit"));
}

TEST_F(Schema, RefusesADatabaseOfAnotherProgram) {
  execute("CREATE TABLE notes (text)");
  EXPECT_THAT(complaint(), HasSubstr("another program"));
  execute("PRAGMA application_id = 77; PRAGMA user_version = 1");
  EXPECT_THAT(complaint(Store::Access::kReadOnly), HasSubstr("another program"));
  Database database(file_, Database::Mode::kReadOnly);
  EXPECT_EQ(database.integer("SELECT count(*) FROM sqlite_schema"), 1) << "it was changed";
}

TEST_F(Schema, RefusesAFileThatIsNoDatabase) {
  write(file_, "step,loss\n0,2.3\n" + std::string(5000, 'x'));
  EXPECT_THAT(complaint(), AllOf(HasSubstr("not a detaudit database"), HasSubstr("--db")));
  EXPECT_THAT(complaint(Store::Access::kReadOnly), HasSubstr("not a detaudit database"));
}

TEST_F(Schema, AnEmptyFileIsANewDatabase) {
  write(file_, "");
  EXPECT_THAT(complaint(Store::Access::kReadOnly), HasSubstr("holds no audits"));
  EXPECT_EQ(complaint(), "");
  EXPECT_TRUE(open(Store::Access::kReadOnly).list().empty());
}

TEST_F(Schema, NamesAPathThatCannotBeUsed) {
  EXPECT_THAT(complaint_of([&] { Store(folder_, Store::Access::kReadWrite); }),
              HasSubstr("is a directory"));
  EXPECT_THAT(complaint_of([&] { Store("/dev/null", Store::Access::kReadWrite); }),
              HasSubstr("not a regular file"));
  EXPECT_THAT(complaint_of([&] { Store(folder_ / "no/x.db", Store::Access::kReadWrite); }),
              AllOf(HasSubstr("does not exist"), HasSubstr((folder_ / "no").string())));
  EXPECT_THAT(complaint(Store::Access::kReadOnly), HasSubstr("there is no database"));
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(Schema, NamesWhatCannotBeWritten) {
  namespace fs = std::filesystem;
  EXPECT_THAT(complaint_of_nobody([&] { open(); }),
              AllOf(HasSubstr("DET906"), HasSubstr(folder_.string() + "` cannot be written")));
  std::string id = complete_audit();
  EXPECT_THAT(complaint_of_nobody([&] { open(); }), HasSubstr("DET906"));  // read-only file
  fs::permissions(file_, fs::perms(0666));
  EXPECT_THAT(complaint_of_nobody([&] { open(); }), HasSubstr("DET906"));  // read-only folder
}

TEST_F(Schema, ReadsFromAMediumThatCannotBeWritten) {
  std::string id = complete_audit();
  EXPECT_EQ(complaint_of_nobody([&] {
              Store store = open(Store::Access::kReadOnly);
              if (store.list().at(0).id != id) throw reports::usage_error("", "other", "");
              store.load(id);
            }),
            "");
}

}  // namespace
}  // namespace detaudit::auditor
