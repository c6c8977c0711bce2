#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>

#include "tests/unit/auditor/launch_fixture.h"

namespace detaudit::auditor {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ProgramPath : public LaunchTest {
 protected:
  void SetUp() override {
    LaunchTest::SetUp();
    path_ = std::getenv("PATH");
    setenv("PATH", (folder_.string() + ":/usr/bin:/bin").c_str(), 1);
  }
  void TearDown() override {
    setenv("PATH", path_.c_str(), 1);
    LaunchTest::TearDown();
  }
  static std::string complaint(const std::string& name) {
    return complaint_of([&] { resolve_program(name); });
  }
  std::string path_;
};

TEST_F(ProgramPath, FindsWhatExecvpFinds) {
  EXPECT_EQ(resolve_program("/bin/sh"), "/bin/sh");
  std::filesystem::path own = write("sh", "#!/bin/sh\n", 0755);
  EXPECT_EQ(resolve_program("sh"), own);
  chmod(own.c_str(), 0644);  // not executable: the search goes on
  EXPECT_EQ(resolve_program("sh"), "/usr/bin/sh");
}

TEST_F(ProgramPath, ReturnsAnAbsolutePath) {
  std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::path own = write("tool", "#!/bin/sh\n", 0755);
  std::filesystem::current_path(folder_);
  std::filesystem::path found = resolve_program("./tool");
  std::filesystem::current_path(before);
  EXPECT_TRUE(found.is_absolute());
  EXPECT_TRUE(std::filesystem::equivalent(found, own));
}

TEST_F(ProgramPath, SaysWhatIsWrong) {
  EXPECT_THAT(complaint("no-such-program-here"), HasSubstr("`no-such-program-here` was not found"));
  EXPECT_THAT(complaint("/no/such/program"), HasSubstr("`/no/such/program` does not exist"));
  EXPECT_THAT(complaint(folder_), HasSubstr("is a directory"));
  EXPECT_THAT(complaint("/dev/null"), HasSubstr("not a regular file"));
  EXPECT_THAT(complaint(""), HasSubstr("empty name"));
  EXPECT_THAT(complaint(write("plain", "data", 0644)),
              AllOf(HasSubstr("is not executable"), HasSubstr("chmod +x")));
  EXPECT_THAT(complaint("plain"), HasSubstr("is not executable"));
  EXPECT_THAT(complaint(write("empty", "", 0755)), HasSubstr("empty file"));
}

TEST_F(ProgramPath, ChecksTheInterpreterOfAScript) {
  EXPECT_THAT(complaint(write("old", "#!/no/such/python -u\n", 0755)),
              HasSubstr("interpreter `/no/such/python`, which does not exist"));
  EXPECT_THAT(complaint(write("env", "#!/usr/bin/env -S no-such-python -u\n", 0755)),
              HasSubstr("interpreter `no-such-python`, which is not on PATH"));
  EXPECT_THAT(complaint(write("dos", "#!/bin/sh\r\necho\r\n", 0755)),
              HasSubstr("Windows line endings"));
  EXPECT_EQ(complaint(write("good", "#! /bin/sh -e\n", 0755)), "");
  EXPECT_EQ(complaint(write("good-env", "#!/usr/bin/env A=b sh\n", 0755)), "");
}

}  // namespace
}  // namespace detaudit::auditor
