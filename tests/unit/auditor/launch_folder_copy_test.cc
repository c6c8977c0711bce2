#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "auditor/launch/workplace.h"
#include "reports/diagnostic.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using Folder = Conditions::Folder;
using testing::HasSubstr;

std::string content(const fs::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

struct stat facts(const fs::path& path) {
  struct stat result {};
  lstat(path.c_str(), &result);
  return result;
}

class FolderCopyTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "folder-copy-XXXXXX").string();
    root_ = fs::canonical(mkdtemp(name.data()));
    fs::create_directories(root_ / "home" / "inner");
    write("home/a", "first");
  }
  void TearDown() override { remove_folder(root_); }
  void write(const fs::path& file, const std::string& text) { std::ofstream(root_ / file) << text; }
  std::string why_not(const CopyRules& rules) {
    try {
      copy_folder(root_ / "home", root_ / "copy", rules);
    } catch (const reports::DiagnosticError& error) {
      EXPECT_EQ(error.exit_code(), reports::ExitCode::kUsage);
      EXPECT_FALSE(error.diagnostic().helps.empty());
      EXPECT_FALSE(fs::exists(root_ / "copy"));
      return error.diagnostic().message;
    }
    return "";
  }
  fs::path root_;
};

TEST_F(FolderCopyTest, IsLikeTheFolder) {
  const std::string large(300'000, 'x');
  write("home/inner/large", large);
  fs::create_symlink("../a", root_ / "home/inner/near");
  fs::create_symlink(root_ / "home/a", root_ / "home/inner/inside");
  fs::create_symlink("/etc", root_ / "home/outside");
  fs::create_hard_link(root_ / "home/a", root_ / "home/b");
  chmod((root_ / "home/a").c_str(), 0751);
  chmod((root_ / "home/inner").c_str(), 0511);
  const timespec times[2] = {{1'000'000'000, 0}, {1'234'567'890, 987'654'321}};
  utimensat(AT_FDCWD, (root_ / "home/a").c_str(), times, 0);
  copy_folder(root_ / "home", root_ / "copy", {});
  EXPECT_EQ(content(root_ / "copy/a"), "first");
  EXPECT_EQ(content(root_ / "copy/inner/large"), large);
  EXPECT_EQ(fs::read_symlink(root_ / "copy/inner/near"), "../a");
  EXPECT_EQ(fs::read_symlink(root_ / "copy/inner/inside"), root_ / "copy/a");
  EXPECT_EQ(fs::read_symlink(root_ / "copy/outside"), "/etc");
  EXPECT_EQ(facts(root_ / "copy/a").st_ino, facts(root_ / "copy/b").st_ino);
  EXPECT_NE(facts(root_ / "copy/a").st_ino, facts(root_ / "home/a").st_ino);
  EXPECT_EQ(facts(root_ / "copy/a").st_mode & 07777u, 0751u);
  EXPECT_EQ(facts(root_ / "copy/inner").st_mode & 07777u, 0511u);
  EXPECT_EQ(facts(root_ / "copy/a").st_mtim.tv_sec, 1'234'567'890);
  EXPECT_EQ(facts(root_ / "copy/a").st_mtim.tv_nsec, 987'654'321);
}

TEST_F(FolderCopyTest, LeavesOutWhatItIsTold) {
  write("home/inner/x", "x");
  CopyRules rules;
  rules.left_out = {(root_ / "home/inner").string()};
  copy_folder(root_ / "home", root_ / "copy", rules);
  EXPECT_TRUE(fs::exists(root_ / "copy/a"));
  EXPECT_FALSE(fs::exists(root_ / "copy/inner"));
}

TEST_F(FolderCopyTest, IsBounded) {
  CopyRules few;
  few.most_entries = 1;
  EXPECT_THAT(why_not(few), HasSubstr("more than 1 entries"));
  write("home/large", std::string(3 << 20, 'x'));
  CopyRules small;
  small.most_bytes = 1 << 20;
  const std::string why = why_not(small);
  // Where the file system shares blocks, a copy of any size costs none.
  if (why.empty()) GTEST_SKIP() << "this file system shares blocks";
  EXPECT_THAT(why, HasSubstr("more than 1 MiB"));
}

TEST_F(FolderCopyTest, NamesWhatCannotBeRead) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everywhere";
  chmod((root_ / "home/a").c_str(), 0);
  EXPECT_THAT(why_not({}), HasSubstr("home/a"));
}

class WorkplaceTest : public FolderCopyTest {
 protected:
  void SetUp() override {
    FolderCopyTest::SetUp();
    fs::create_directories(root_ / "store/audits/id");
    subject_.directory = root_ / "home";
    subject_.argv = {(root_ / "home/program").string(), "argument"};
  }
  Subject subject_;
};

TEST_F(WorkplaceTest, EachFreshCopyStartsAnew) {
  fs::path copy;
  {
    Workplace workplace(subject_, root_ / "store/audits/id");
    EXPECT_EQ(workplace.prepare(Folder::kAsIs).directory, root_ / "home");
    const Subject first = workplace.prepare(Folder::kFresh);
    copy = first.directory;
    EXPECT_EQ(copy.parent_path(), root_);   // beside it: `../x` is what it was
    EXPECT_EQ(first.argv[0], (copy / "program").string());
    EXPECT_EQ(workplace.shown((copy / "out").string()), (root_ / "home/out").string());
    EXPECT_EQ(workplace.shown("/elsewhere"), "/elsewhere");
    std::ofstream(copy / "a") << "changed";
    std::ofstream(copy / "new") << "x";
    EXPECT_EQ(workplace.prepare(Folder::kFresh).directory, copy);
    EXPECT_EQ(content(copy / "a"), "first");
    EXPECT_FALSE(fs::exists(copy / "new"));
    EXPECT_EQ(content(root_ / "home/a"), "first");
  }
  EXPECT_FALSE(fs::exists(copy));
}

TEST_F(WorkplaceTest, ACarriedCopyGoesOnWhateverComesBetween) {
  Workplace workplace(subject_, root_ / "store/audits/id");
  const fs::path copy = workplace.prepare(Folder::kCarried).directory;
  EXPECT_EQ(content(copy / "a"), "first");
  std::ofstream(copy / "a") << "second";
  workplace.prepare(Folder::kFresh);
  EXPECT_EQ(content(copy / "a"), "first");
  workplace.prepare(Folder::kCarried);
  EXPECT_EQ(content(copy / "a"), "second");
  std::ofstream(copy / "a") << "third";
  workplace.prepare(Folder::kCarried);
  EXPECT_EQ(content(copy / "a"), "third");
}

TEST_F(WorkplaceTest, WhatRunsMadeIsNotInAFreshCopy) {
  write("home/made", "x");
  Workplace workplace(subject_, root_ / "store/audits/id");
  workplace.leave_out((root_ / "home/made").string());
  EXPECT_FALSE(fs::exists(workplace.prepare(Folder::kFresh).directory / "made"));
}

TEST_F(WorkplaceTest, TheStoreIsNotCopied) {
  fs::create_directories(root_ / "home/.detaudit/audits/id");
  Workplace workplace(subject_, root_ / "home/.detaudit/audits/id");
  EXPECT_FALSE(fs::exists(workplace.prepare(Folder::kFresh).directory / ".detaudit"));
}

}  // namespace
}  // namespace detaudit::auditor
