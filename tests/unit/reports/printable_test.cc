#include "reports/printable.h"

#include <gtest/gtest.h>

namespace detaudit::reports {
namespace {

TEST(Printable, LeavesTextAlone) {
  for (const char* text : {"", "conv2d/backward", "größe", "重み", "a\"b'c<d>&"}) {
    EXPECT_EQ(printable(text), text);
    EXPECT_EQ(valid_utf8(text), text);
  }
}

TEST(Printable, WritesOutWhatIsNotUtf8) {
  EXPECT_EQ(valid_utf8("a\xff"), "a\\xff");
  EXPECT_EQ(valid_utf8("\xc3"), "\\xc3");                    // cut short
  EXPECT_EQ(valid_utf8("\xc0\xaf"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // surrogate
  EXPECT_EQ(valid_utf8("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(valid_utf8("\xe2\x82z"), "\\xe2\\x82z");
}

TEST(Printable, KeepsControlsOnlyWhereAsked) {
  EXPECT_EQ(valid_utf8("a\x01\n\x7f"), "a\x01\n\x7f");
  EXPECT_EQ(printable("a\x01\n\x7f"), "a\\x01\\x0a\\x7f");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(Printable, WritesOutWhatHidesOrReorders) {
  EXPECT_EQ(printable("\xe2\x80\xae"), "\\u{202e}");
  EXPECT_EQ(printable("\xe2\x80\xa8"), "\\u{2028}");
  EXPECT_EQ(printable("\xc2\x9b"), "\\u{009b}");
  EXPECT_EQ(printable("\xef\xbb\xbf"), "\\u{feff}");
}

TEST(Printable, CountsAndShortensByCharacter) {
  EXPECT_EQ(character_count("größe"), 5u);
  EXPECT_EQ(shortened("größe", 5), "größe");
  EXPECT_EQ(shortened("größer", 5), "größ…");
  EXPECT_EQ(shortened("größer", 1), "…");
  EXPECT_EQ(shortened("größer", 0), "");
  EXPECT_EQ(shortened("", 0), "");
}

}  // namespace
}  // namespace detaudit::reports
