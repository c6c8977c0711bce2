#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "auditor/scan/compile_database.h"
#include "auditor/scan/compiler_options.h"
#include "auditor/scan/shell_split.h"
#include "reports/diagnostic.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

CompilerOptions options_of(const std::string& command) {
  return read_options(shell_split(command), "/build");
}

TEST(ShellSplit, DividesAsAShellDoes) {
  EXPECT_THAT(shell_split("g++  -c 'a b.cc' \"c\\\"d\" e\\ f -DX='\"y\"'"),
              ElementsAre("g++", "-c", "a b.cc", "c\"d", "e f", "-DX=\"y\""));
  EXPECT_THAT(shell_split("a \"\" ''"), ElementsAre("a", "", ""));
  EXPECT_THAT(shell_split("\"a\\nb\" unended'"), ElementsAre("a\\nb", "unended"));
  EXPECT_THAT(shell_split("  \t\n"), IsEmpty());
}

TEST(CompilerOptions, KeepsWhatASourceDependsOn) {
  const CompilerOptions options = options_of(
      "/usr/bin/g++ -DA -D B=2 -UC -I include -Isrc -isystem /sys -isystem/joined -iquote q "
      "-include pre.h "
      "-std=c++17 -fno-rtti -O2 -Wall -MD -MT x.o -MF x.d -o x.o -c x.cc");
  EXPECT_THAT(options.kept, ElementsAre("-D", "A", "-D", "B=2", "-U", "C", "-I", "include", "-I",
                                        "src", "-isystem", "/sys", "-isystem", "/joined", "-iquote",
                                        "q", "-include", "pre.h", "-fno-rtti"));
  EXPECT_EQ(options.standard, "c++17");
  EXPECT_FALSE(options.openmp);
  EXPECT_THAT(options.facts, IsEmpty());
}

TEST(CompilerOptions, StripsLaunchers) {
  EXPECT_THAT(options_of("ccache /opt/g++ -DA -c x.cc").kept, ElementsAre("-D", "A"));
  EXPECT_THAT(options_of("env CCACHE_DIR=/x ccache clang++ -DA").kept, ElementsAre("-D", "A"));
}

TEST(CompilerOptions, UnderstandsNvcc) {
  const CompilerOptions options = options_of(
      "nvcc -forward-unknown-to-host-compiler -DN --define-macro=M=1 --include-path=/inc "
      "--generate-code=arch=compute_80,code=[compute_80,sm_80] -gencode arch=compute_90,code=sm_90 "
      "-arch=sm_75 -Xcompiler=-fPIC,-DHOST,-fopenmp --compiler-options -ffast-math -rdc true "
      "-Xptxas -v "
      "--use_fast_math --std=c++17 -x cu -t 4 -c k.cu -o k.o");
  EXPECT_THAT(options.kept, ElementsAre("-D", "N", "-D", "M=1", "-I", "/inc", "-DHOST"));
  EXPECT_THAT(options.sms, IsSupersetOf({80u, 90u, 75u}));
  EXPECT_EQ(options.language, "cu");
  EXPECT_EQ(options.standard, "c++17");
  EXPECT_TRUE(options.openmp);
  EXPECT_THAT(options.facts, ElementsAre("-ffast-math", "--use_fast_math"));
}

TEST(CompilerOptions, TellsOfArithmetic) {
  EXPECT_THAT(options_of("g++ -Ofast -march=native -ffp-contract=off -O3 -c x.cc").facts,
              ElementsAre("-Ofast", "-march=native"));
  EXPECT_THAT(options_of("nvcc --fmad=false -ftz=true").facts,
              ElementsAre("--fmad=false", "-ftz=true"));
}

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }
  fs::path folder_;
};

using CompilerOptionsFiles = Folder;
TEST_F(CompilerOptionsFiles, AreReadRelativeToTheDirectory) {
  write("flags.rsp", "-DA '-D B' @nested.rsp");
  write("nested.rsp", "-DC\n@nested.rsp\n");
  const CompilerOptions options =
      read_options({"nvcc", "--options-file", "flags.rsp", "@missing.rsp"}, folder_);
  EXPECT_THAT(options.kept, Contains("A"));
  EXPECT_THAT(options.kept, Contains("C"));
  // A file that includes itself ends somewhere.
  EXPECT_THAT(options.problems, Contains(testing::HasSubstr("missing.rsp")));
}

class Database : public Folder {
 protected:
  std::string refusal(const std::string& json) {
    write("compile_commands.json", json);
    try {
      CompileDatabase(folder_, {});
    } catch (const reports::DiagnosticError& error) {
      return error.diagnostic().message;
    }
    return "";
  }
};

TEST_F(Database, GivesTheCommandsOfASource) {
  write("compile_commands.json", R"([
    {"directory": "/b", "file": "/src/a.cc", "command": "g++ -DONE -I inc -c /src/a.cc"},
    {"directory": "/b", "file": "/src/a.cc", "arguments": ["g++", "-DTWO", "-c", "/src/a.cc"]},
    {"directory": "/b", "file": "/src/a.cc", "command": "g++ -DONE -I inc -O3 -c /src/a.cc"},
    {"directory": "/b", "file": "/other/k.cu", "command": "nvcc -DK -arch=sm_80 -c k.cu"}])");
  const CompileDatabase database(folder_, {"/opt/cuda"});
  const auto commands = database.commands("/src/a.cc", SourceKind::kCxx);
  ASSERT_EQ(commands.size(), 2u);  // equal ones are one
  EXPECT_THAT(commands[0].arguments,
              IsSupersetOf({"-x", "c++", "-D", "ONE", "-I", "inc", "-working-directory=/b"}));
  EXPECT_THAT(commands[0].arguments, Not(Contains("-D_OPENMP=202011")));
  EXPECT_THAT(commands[1].arguments, Contains("TWO"));
  const auto cuda = database.commands("/other/k.cu", SourceKind::kCuda);
  EXPECT_THAT(cuda.at(0).arguments,
              IsSupersetOf({"cuda", "--cuda-gpu-arch=sm_80", "K", "--cuda-path=/opt/cuda"}));
}

TEST_F(Database, TakesTheNearestForWhatItDoesNotKnow) {
  write("compile_commands.json", R"([
    {"directory": "/b", "file": "/src/gpu/k.cu", "command": "nvcc -DGPU -c k.cu"},
    {"directory": "/b", "file": "/src/host/a.cc", "command": "g++ -DHOST -std=c++17 -c a.cc"}])");
  const CompileDatabase database(folder_, {});
  EXPECT_THAT(database.commands("/src/host/b.h", SourceKind::kHeader).at(0).arguments,
              IsSupersetOf({"-x", "c++", "HOST", "-std=c++17"}));
  EXPECT_THAT(database.commands("/src/gpu/b.cuh", SourceKind::kCudaHeader).at(0).arguments,
              IsSupersetOf({"cuda", "GPU"}));
  EXPECT_THAT(database.commands("/src/host/c.c", SourceKind::kC).at(0).arguments,
              IsSupersetOf({"-x", "c", "-std=gnu17"}));
}

TEST_F(Database, RefusesWhatIsNone) {
  EXPECT_THROW(CompileDatabase(folder_, {}), reports::DiagnosticError);  // no file yet
  EXPECT_THAT(refusal("[{]"), testing::HasSubstr("no JSON"));
  EXPECT_THAT(refusal("{}"), testing::HasSubstr("no list"));
  EXPECT_THAT(refusal(R"([{"directory": "/b", "file": "a.cc"}])"),
              testing::HasSubstr("entry 1 lacks"));
  EXPECT_THAT(refusal(R"([3])"), testing::HasSubstr("entry 1"));
  EXPECT_EQ(refusal("[]"), "");
}

}  // namespace
}  // namespace detaudit::auditor
