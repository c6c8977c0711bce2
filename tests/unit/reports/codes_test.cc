#include "reports/codes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "reports/printable.h"

namespace detaudit::reports {
namespace {

TEST(Codes, EveryCodeHasAllFourPartsInRealSentences) {
  for (const Code& code : codes()) {
    SCOPED_TRACE(code.code);
    for (std::string_view part : {code.what, code.why, code.fix}) {
      EXPECT_GT(part.size(), 40u) << part;
      EXPECT_EQ(part.back(), '.') << part;
    }
    EXPECT_GT(code.example.size(), 20u);
    EXPECT_FALSE(code.name.empty());
  }
}

TEST(Codes, AreTheReleasedOnesInOrder) {
  std::vector<std::string> names;
  for (const Code& code : codes()) names.emplace_back(code.code);
  std::vector<std::string> released;
  for (int number = 101; number <= 117; ++number)
    released.push_back("DET" + std::to_string(number));
  released.insert(released.end(), {"DET119", "DET121"});
  released.insert(released.end(), {"DET201", "DET202", "DET203", "DET204", "DET205", "DET206", "DET207", "DET208",
                                   "DET210", "DET211", "DET212", "DET213", "DET220", "DET221", "DET222", "DET223",
                                   "DET230", "DET231", "DET232", "DET240", "DET250", "DET251", "DET260", "DET261",
                                   "DET270", "DET271"});
  for (int number = 301; number <= 314; ++number)
    released.push_back("DET" + std::to_string(number));
  for (int number = 320; number <= 324; ++number)
    released.push_back("DET" + std::to_string(number));
  for (int number = 401; number <= 408; ++number)
    released.push_back("DET" + std::to_string(number));
  for (int number = 901; number <= 911; ++number)
    released.push_back("DET" + std::to_string(number));
  released.push_back("DET999");
  EXPECT_EQ(names, released);
}

TEST(Codes, AreFoundByNameAlone) {
  ASSERT_NE(find_code("DET101"), nullptr);
  EXPECT_EQ(find_code("DET101")->name, "float-atomics");
  for (const char* unknown : {"", "DET", "DET100", "det101", "DET1011"}) {
    EXPECT_EQ(find_code(unknown), nullptr) << unknown;
  }
}

TEST(Codes, ExplainFitsATerminal) {
  for (const Code& code : codes()) {
    std::istringstream lines(explain(code));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(character_count(line), 100u) << code.code << ": " << line;
      EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
    }
  }
}

TEST(Codes, ExplainHasItsPartsInOrder) {
  std::string text = explain(*find_code("DET104"));
  EXPECT_THAT(text, testing::StartsWith("DET104 data-order (error)\n"));
  size_t at = 0;
  for (const char* heading :
       {"\nwhat it means\n", "\nwhy it matters\n", "\nexample\n", "\nwhat to do\n"}) {
    size_t found = text.find(heading, at);
    ASSERT_NE(found, std::string::npos) << heading;
    at = found;
  }
}

// Regenerate with DETAUDIT_UPDATE=1.
TEST(Codes, TheListInDocsIsCurrent) {
  std::string path = DETAUDIT_DOCS "/codes.md";
  if (std::getenv("DETAUDIT_UPDATE")) std::ofstream(path) << codes_markdown();
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), codes_markdown()) << "run this test with DETAUDIT_UPDATE=1";
}

TEST(Codes, LinksOfTheListLeadToItsHeadings) {
  std::string text = codes_markdown();
  std::set<std::string> anchors;
  std::regex heading("## (DET\\d+) ([a-z-]+)\n"), link("\\(#([^)]*)\\)");
  for (std::sregex_iterator it(text.begin(), text.end(), heading), end; it != end; ++it) {
    anchors.insert("det" + (*it)[1].str().substr(3) + "-" + (*it)[2].str());
  }
  size_t links = 0;
  for (std::sregex_iterator it(text.begin(), text.end(), link), end; it != end; ++it, ++links) {
    EXPECT_TRUE(anchors.contains((*it)[1].str())) << (*it)[1];
  }
  EXPECT_EQ(links, codes().size());
}

}  // namespace
}  // namespace detaudit::reports
