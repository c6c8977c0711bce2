#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auditor/scan/comments.h"
#include "auditor/scan/suppressions.h"

namespace detaudit::auditor {
namespace {

using testing::ElementsAre;

std::vector<std::string> texts(std::string_view source, CommentSyntax syntax) {
  std::vector<std::string> all;
  for (const Comment& comment : comments_of(source, syntax)) {
    all.push_back(std::to_string(comment.line) + (comment.alone ? "!" : ":") +
                  std::string(comment.text));
  }
  return all;
}

TEST(Comments, OfC) {
  EXPECT_THAT(texts("int a; // one\n  // two\n/* three\n four */ int b;", CommentSyntax::kC),
              ElementsAre("1: one", "2! two", "3! three", "4! four "));
  EXPECT_THAT(texts("const char* s = \"// no\"; char c = '\"'; // yes", CommentSyntax::kC),
              ElementsAre("1: yes"));
  EXPECT_THAT(
      texts("auto r = R\"(// no\n\")\"; // yes\nint n = 1'000'000; // too", CommentSyntax::kC),
      ElementsAre("2: yes", "3: too"));
  EXPECT_THAT(texts("char q = '\\''; char* p = \"\\\"// no\"; /* open", CommentSyntax::kC),
              ElementsAre("1: open"));
}

TEST(Comments, OfPython) {
  EXPECT_THAT(texts("x = '# no' # yes\n\"\"\"\n# no\n\"\"\"\n# alone", CommentSyntax::kPython),
              ElementsAre("1: yes", "5! alone"));
  EXPECT_THAT(texts("s = 'it\\'s # no'\nt = \"unended # no\nu = 1 # yes", CommentSyntax::kPython),
              ElementsAre("3: yes"));
}

TEST(Comments, EndWithTheText) {
  for (const char* text : {"", "\"", "'", "/*", "//", "R\"", "R\"(", "\"\\", "'\\"}) {
    comments_of(text, CommentSyntax::kC);
  }
  for (const char* text : {"", "\"\"\"", "'", "#", "'\\"})
    comments_of(text, CommentSyntax::kPython);
}

TEST(Suppressions, AreForTheirLineOrTheNextOfCode) {
  Suppressions found("a();  // detaudit: allow(DET201) here\n"
                     "// detaudit: allow(DET202) below\n"
                     "// said at length\n"
                     "b();\n"
                     "c();\n",
                     CommentSyntax::kC);
  EXPECT_TRUE(found.allows("DET201", 1));
  EXPECT_FALSE(found.allows("DET202", 1));
  EXPECT_TRUE(found.allows("DET202", 4));
  EXPECT_FALSE(found.allows("DET202", 5));
  EXPECT_TRUE(found.faults().empty());
}

TEST(Suppressions, SayWhatIsWrong) {
  auto fault = [](const char* comment) {
    const Suppressions found(std::string("# ") + comment, CommentSyntax::kPython);
    return found.faults().size() == 1 ? found.faults()[0].what : "";
  };
  EXPECT_THAT(fault("detaudit: allow(DET301)"), testing::HasSubstr("no reason"));
  EXPECT_THAT(fault("detaudit: allow DET301 x"), testing::HasSubstr("form"));
  EXPECT_THAT(fault("detaudit: allow(DET901) x"), testing::HasSubstr("DET901"));
  EXPECT_THAT(fault("detaudit: allow() x"), testing::HasSubstr("no code"));
  EXPECT_EQ(fault("detaudit: what it is"), "");
  EXPECT_EQ(fault("say `detaudit: allow(DET301)`"), "");
}

}  // namespace
}  // namespace detaudit::auditor
