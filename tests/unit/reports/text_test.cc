#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "reports/printable.h"
#include "reports/report.h"
#include "tests/golden/sample_reports.h"

namespace detaudit::reports {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string text_of(const Report& report) { return render_text(report, Colour::kNever); }

TEST(Text, VerdictComesFirst) {
  for (const tests::SampleReport& sample : tests::sample_reports()) {
    EXPECT_THAT(text_of(sample.report), StartsWith(sample.report.verdict + ": ")) << sample.name;
  }
}

TEST(Text, ReproducibleStatesScopeCoverageUnseenAndBound) {
  std::string text = text_of(tests::reproducible_report());
  EXPECT_THAT(text, StartsWith("reproducible: built-in workload convnet gave equal bytes in 2 "
                               "runs, run-to-run\n"));
  EXPECT_THAT(text, HasSubstr("0 of 1 comparison differed: a fresh run differs"));
  EXPECT_THAT(text, HasSubstr("0.95 (95% confidence;"));
  EXPECT_THAT(text, HasSubstr("events         9120 compared in 3 lanes, 0 in one run only"));
  EXPECT_THAT(text, HasSubstr("not seen       memory that is changed"));
  EXPECT_THAT(text, HasSubstr("not perturbed  aslr"));
  EXPECT_THAT(text, Not(HasSubstr("error")));
}

TEST(Text, FindingsStandInTheContractsLayout) {
  EXPECT_THAT(
      text_of(tests::divergent_report()),
      HasSubstr("\nerror[DET101]: `max_pool/backward` wrote different bytes in run 2\n"
                "   --> auditor/workload/convnet.cc:141:5\n"
                "    |\n"
                "141 |     max_pool_backward(grid, out.grad, indices, in.grad);\n"
                "    |     ^^^^^^^^^^^^^^^^^\n"
                "    = note: step 3, event 118, lane `p0`, key `pool1`, 40 occurrences\n"
                "    = note: 4 of 2359296 elements differ, largest 1 ulp, 1.19e-07 absolute\n"
                "    = note: cause: float-atomics, proven by replay\n"
                "    = note: 3 distinct results in 16 executions on equal inputs\n"));
}

TEST(Text, RunsWithAnotherDigestAreMarkedInWords) {
  std::string text = text_of(tests::divergent_report());
  EXPECT_THAT(text, HasSubstr("77c1d02be95a differs"));
  EXPECT_THAT(text, Not(HasSubstr("3f2a9c01d2e4 differs")));
}

TEST(Text, InconclusiveSaysWhy) {
  std::string text = text_of(tests::inconclusive_report());
  EXPECT_THAT(text, StartsWith("inconclusive: nothing can be claimed for ./train"));
  EXPECT_THAT(text, HasSubstr("= note: run 2's trace lost 312 events"));
  EXPECT_THAT(text, HasSubstr("no two runs were compared"));
  EXPECT_THAT(text, HasSubstr("SIGSEGV"));
  EXPECT_THAT(text, HasSubstr("timed out"));
  EXPECT_THAT(text, HasSubstr("1204 lossy"));
}

TEST(Text, FitsAHundredColumns) {
  for (const tests::SampleReport& sample : tests::sample_reports()) {
    if (sample.name == "hostile") continue;
    std::istringstream lines(text_of(sample.report));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(character_count(line), 100u) << line;
    }
  }
}

TEST(Text, NoByteOfTheSubjectReachesTheTerminalAsControl) {
  std::string text = text_of(tests::hostile_report());
  for (unsigned char byte : text) {
    EXPECT_TRUE(byte >= 0x20 || byte == '\n') << int(byte);
    EXPECT_NE(byte, 0xff);
  }
  EXPECT_THAT(text, HasSubstr("\\x1b[2J"));
  EXPECT_THAT(text, HasSubstr("\\u{202e}"));
}

TEST(Text, ColourAddsNothingButColour) {
  for (const tests::SampleReport& sample : tests::sample_reports()) {
    std::string coloured = render_text(sample.report, Colour::kAlways);
    std::string plain = std::regex_replace(coloured, std::regex("\x1b\\[[0-9;]*m"), "");
    EXPECT_NE(coloured, plain);
    EXPECT_EQ(plain, text_of(sample.report)) << sample.name;
  }
}

TEST(Text, ManyFindingsStayReadableAndNoneIsHidden) {
  Report report = tests::divergent_report();
  for (int i = 0; i < 40; ++i) {
    report.findings.push_back(report.findings[0]);
    report.findings.back().message = "finding number " + std::to_string(i);
  }
  std::string text = text_of(report);
  for (int i = 0; i < 40; ++i) {
    EXPECT_THAT(text, HasSubstr("finding number " + std::to_string(i) + "\n"));
  }
  EXPECT_THAT(text, HasSubstr("\nfurther findings\n"));
}

}  // namespace
}  // namespace detaudit::reports
