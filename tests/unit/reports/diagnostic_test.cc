#include "reports/diagnostic.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace detaudit::reports {
namespace {

Diagnostic scatter_add() {
  Diagnostic diagnostic;
  diagnostic.code = "DET101";
  diagnostic.message = "`scatter_add` wrote different bytes in run 2";
  diagnostic.location = SourceLocation{"model/scatter_add.cu", 41, 5, "    atomicAdd(&out[i], v);"};
  diagnostic.label = "float additions happen in no fixed order";
  diagnostic.notes = {"step 3, event 118, 4 of 2359296 elements differ, largest 1 ulp",
                      "proven by replay: 3 distinct results in 16 executions on equal inputs"};
  diagnostic.helps = {"use `scatter_add/deterministic` (0.9x the time here)"};
  return diagnostic;
}

class SourceFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("detaudit-diagnostic-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& text) {
    std::string path = folder_ / "op.cc";
    std::ofstream(path) << text;
    return path;
  }
  std::filesystem::path folder_;
};

TEST(Diagnostic, HasTheLayoutOfTheContract) {
  EXPECT_EQ(render(scatter_add(), Colour::kNever),
            "error[DET101]: `scatter_add` wrote different bytes in run 2\n"
            "  --> model/scatter_add.cu:41:5\n"
            "   |\n"
            "41 |     atomicAdd(&out[i], v);\n"
            "   |     ^^^^^^^^^ float additions happen in no fixed order\n"
            "   = note: step 3, event 118, 4 of 2359296 elements differ, largest 1 ulp\n"
            "   = note: proven by replay: 3 distinct results in 16 executions on equal inputs\n"
            "   = help: use `scatter_add/deterministic` (0.9x the time here)\n");
}

TEST(Diagnostic, ColourAddsNothingButColour) {
  std::string coloured = render(scatter_add(), Colour::kAlways);
  std::string plain;
  for (size_t at = 0; at < coloured.size(); ++at) {
    if (coloured[at] == '\x1b') {
      at = coloured.find('m', at);
    } else {
      plain += coloured[at];
    }
  }
  EXPECT_NE(coloured, plain);
  EXPECT_EQ(plain, render(scatter_add(), Colour::kNever));
}

TEST(Diagnostic, WithoutLocationOrCode) {
  Diagnostic diagnostic;
  diagnostic.severity = Severity::kWarning;
  diagnostic.message = "addresses could not be fixed";
  diagnostic.helps = {"run outside the container"};
  EXPECT_EQ(render(diagnostic, Colour::kNever),
            "warning: addresses could not be fixed\n   = help: run outside the container\n");
}

TEST(Diagnostic, UnderlinesTheStatementWhenTheColumnIsUnknown) {
  Diagnostic diagnostic = scatter_add();
  diagnostic.location = SourceLocation{"a.cc", 7, 0, "\tsum += x;  \r"};
  diagnostic.notes.clear();
  diagnostic.helps.clear();
  EXPECT_EQ(render(diagnostic, Colour::kNever),
            "error[DET101]: `scatter_add` wrote different bytes in run 2\n"
            " --> a.cc:7\n"
            "  |\n"
            "7 |     sum += x;\n"
            "  |     ^^^^^^^^^ float additions happen in no fixed order\n");
}

TEST(Diagnostic, LongLinesAndFarColumnsStayInside) {
  Diagnostic diagnostic = scatter_add();
  diagnostic.location = SourceLocation{"a.cc", 7, 4999, std::string(5000, 'x')};
  std::string text = render(diagnostic, Colour::kNever);
  EXPECT_LT(text.size(), 1000u);
  diagnostic.location->column = 9999;
  EXPECT_LT(render(diagnostic, Colour::kNever).size(), 1000u);
}

TEST(Diagnostic, FurtherLinesOfANoteStandUnderTheFirst) {
  Diagnostic diagnostic;
  diagnostic.message = "the subject failed";
  diagnostic.notes = {"last output:\n  Traceback\n\x1b[31mred"};
  EXPECT_EQ(render(diagnostic, Colour::kNever),
            "error: the subject failed\n"
            "   = note: last output:\n"
            "             Traceback\n"
            "           \\x1b[31mred\n");
}

TEST(Diagnostic, HostileNamesCannotMoveTheCursorOrForgeLines) {
  Diagnostic diagnostic;
  diagnostic.message = "`op\x1b[2J\nerror: forged\xff\xe2\x80\xae` failed";
  EXPECT_EQ(render(diagnostic, Colour::kNever),
            "error: `op\\x1b[2J\\x0aerror: forged\\xff\\u{202e}` failed\n");
}

TEST_F(SourceFile, ShowsTheLineOfAReadableFile) {
  Diagnostic diagnostic = scatter_add();
  diagnostic.location = SourceLocation{write("one\ntwo(2);\n"), 2, 0, ""};
  EXPECT_NE(render(diagnostic, Colour::kNever).find("2 | two(2);\n  | ^^^^^^^ float"),
            std::string::npos);
}

TEST_F(SourceFile, SaysTheLabelWhenThereIsNoSuchLine) {
  Diagnostic diagnostic = scatter_add();
  for (unsigned line : {3u, 0u}) {
    diagnostic.location = SourceLocation{write("one\ntwo(2);\n"), line, 1, ""};
    std::string text = render(diagnostic, Colour::kNever);
    EXPECT_EQ(text.find(" |"), std::string::npos) << text;
    EXPECT_NE(text.find("= note: float additions"), std::string::npos) << text;
  }
}

TEST_F(SourceFile, DoesNotWaitForAPipeNorReadAFolder) {
  std::string pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(read_source_line({pipe, 1, 0, ""}), "");
  EXPECT_EQ(read_source_line({folder_, 1, 0, ""}), "");
  EXPECT_EQ(read_source_line({folder_ / "absent", 1, 0, ""}), "");
}

TEST(Diagnostic, UsageErrorsLeaveWithTwo) {
  DiagnosticError error =
      usage_error("DET901", "unknown option `--step`", "did you mean `--steps`?");
  EXPECT_EQ(error.exit_code(), ExitCode::kUsage);
  EXPECT_STREQ(error.what(), "unknown option `--step`");
  EXPECT_EQ(error.diagnostic().code, "DET901");
  EXPECT_EQ(error.diagnostic().helps, std::vector<std::string>{"did you mean `--steps`?"});
}

}  // namespace
}  // namespace detaudit::reports
