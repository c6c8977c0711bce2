#include "reports/progress.h"

#include <gtest/gtest.h>

#include "reports/printable.h"

namespace detaudit::reports {
namespace {

using Stream = Progress::Stream;

// What was written, and what a terminal would show of it.
class Screen {
 public:
  Progress::Sink sink() {
    return [this](std::string_view text) {
      written_ += text;
      ++writes_;
    };
  }
  const std::string& written() const { return written_; }
  int writes() const { return writes_; }
  // The last line: what follows the last wipe or newline.
  std::string line() const {
    size_t wipe = written_.rfind("\r\x1b[K"), newline = written_.rfind('\n');
    size_t from = wipe == std::string::npos ? 0 : wipe + 4;
    if (newline != std::string::npos && newline + 1 > from) from = newline + 1;
    return written_.substr(from);
  }

 private:
  std::string written_;
  int writes_ = 0;
};

TEST(Progress, MovesOneLineOnATerminalAndWipesIt) {
  Screen screen;
  {
    Progress progress("convnet", Stream::kTerminal, Colour::kNever, screen.sink());
    progress.phase("run 2 of 3");
    EXPECT_EQ(screen.line(), "convnet: run 2 of 3");
    progress.tick(1.44, 12);
    EXPECT_EQ(screen.line(), "convnet: run 2 of 3 · 1.4 s · step 12");
  }
  EXPECT_EQ(screen.line(), "");
  EXPECT_EQ(screen.written().find('\n'), std::string::npos);
}

TEST(Progress, SaysEachPhaseOnceElsewhere) {
  Screen screen;
  {
    Progress progress("convnet", Stream::kFile, Colour::kNever, screen.sink());
    progress.phase("run 1 of 2");
    for (int i = 0; i < 100; ++i) progress.tick(i * 0.1, i);
    progress.phase("run 2 of 2");
  }
  EXPECT_EQ(screen.written(), "convnet: run 1 of 2\nconvnet: run 2 of 2\n");
}

TEST(Progress, WritesNothingThatIsNotNew) {
  Screen screen;
  Progress progress("convnet", Stream::kTerminal, Colour::kNever, screen.sink());
  progress.phase("run 1 of 2");
  progress.tick(0.101);
  int writes = screen.writes();
  progress.tick(0.102);
  EXPECT_EQ(screen.writes(), writes);
  progress.tick(0.2);
  EXPECT_EQ(screen.writes(), writes + 1);
}

TEST(Progress, ColoursOnlyWhenAsked) {
  Screen plain, coloured;
  Progress first("convnet", Stream::kTerminal, Colour::kNever, plain.sink());
  Progress second("convnet", Stream::kTerminal, Colour::kAlways, coloured.sink());
  first.phase("comparing");
  second.phase("comparing");
  EXPECT_EQ(plain.written(), "\r\x1b[Kconvnet: comparing");
  EXPECT_EQ(coloured.written(), "\r\x1b[K\x1b[1mconvnet\x1b[0m: comparing");
}

TEST(Progress, NeverWrapsNorLetsANameMoveTheCursor) {
  for (size_t columns : {1, 2, 20, 40}) {
    Screen screen;
    Progress progress("a\x1b[2J\n" + std::string(300, 'x'), Stream::kTerminal, Colour::kNever,
                      screen.sink(), columns);
    progress.phase("run 1 of 2");
    progress.tick(3, 7);
    EXPECT_LT(character_count(screen.line()), std::max<size_t>(columns, 2)) << columns;
    EXPECT_EQ(screen.line().find('\x1b'), std::string::npos);
    EXPECT_EQ(screen.written().find('\n'), std::string::npos);
  }
}

TEST(Progress, ALineThatStaysDoesNotMixWithTheMovingOne) {
  Screen screen;
  Progress progress("convnet", Stream::kTerminal, Colour::kNever, screen.sink());
  progress.phase("run 1 of 2");
  progress.say("addresses could not be fixed");
  EXPECT_EQ(screen.written(),
            "\r\x1b[Kconvnet: run 1 of 2\r\x1b[Kaddresses could not be fixed\n"
            "\r\x1b[Kconvnet: run 1 of 2");
}

}  // namespace
}  // namespace detaudit::reports
