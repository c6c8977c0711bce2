#include "reports/table.h"

#include <gtest/gtest.h>

#include "reports/paragraphs.h"

namespace detaudit::reports {
namespace {

TEST(Wrap, BreaksAtSpacesOnly) {
  EXPECT_EQ(wrap("one two three", 8, 0), "one two\nthree\n");
  EXPECT_EQ(wrap("unbreakable_name x", 8, 2), "  unbreakable_name\n  x\n");
  EXPECT_EQ(wrap("", 8, 2), "");
}

TEST(Wrap, ItemsAndFurtherLinesHang) {
  EXPECT_EQ(wrap("- one two three", 9, 0), "- one two\n  three\n");
  EXPECT_EQ(wrap("= note: one two", 11, 1, 8), " = note:\n         one\n         two\n");
  EXPECT_EQ(wrap("first\n\nsecond", 20, 1), " first\n\n second\n");
}

TEST(Table, AlignsByCharactersNotBytes) {
  Table table({{"op"}, {"events", Align::kRight}, {"note"}});
  table.add({"größe", "1", "a"});
  table.add({"x", "12345678", ""});
  EXPECT_EQ(table.render(80, 2),
            "  op       events  note\n"
            "  größe         1  a\n"
            "  x      12345678\n");
}

TEST(Table, LastColumnWrapsUnderItself) {
  Table table({{""}, {""}});
  table.add({"not seen", "one two three four five six seven"});
  EXPECT_EQ(table.render(32, 0), "not seen  one two three four\n          five six seven\n");
}

}  // namespace
}  // namespace detaudit::reports
