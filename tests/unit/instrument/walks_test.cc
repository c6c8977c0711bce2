#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>

#include "instrument/trace/seal.h"
#include "tests/unit/instrument/run_subject.h"

namespace detaudit::instrument {
namespace {

using Lines = std::vector<std::string>;

// What walks_subject prints, alone or under the libc probe.
class Walks : public testing::Test {
 protected:
  Lines alone() { return lines_of(subject_output({WALKS_SUBJECT, tree().string()}, {})); }
  Lines probed(uint64_t order) {
    traces_.push_back(std::make_unique<TraceFolder>());
    Control control;
    control.folder_order = order;
    control.trace_directory = traces_.back()->path().string();
    Lines lines =
        lines_of(subject_output({WALKS_SUBJECT, tree().string()},
                                {{kControlVariable, encode(control)}, {"LD_PRELOAD", LIBC_PROBE}}));
    seal_finished_process(traces_.back()->path());
    trace_ = read_trace(traces_.back()->path());
    return lines;
  }
  // The folder in which the last tree was made.
  std::string folder() const { return std::filesystem::canonical(trees_.back()->path()).string(); }

  static Lines sorted(Lines lines) {
    std::sort(lines.begin(), lines.end());
    return lines;
  }
  // What is said by `reader`, in the order in which it was.
  static Lines said_by(const Lines& lines, const std::string& reader) {
    Lines said;
    for (const std::string& line : lines)
      if (line.starts_with(reader + " ")) said.push_back(line.substr(reader.size() + 1));
    return said;
  }

  WholeTrace trace_;

 private:
  std::filesystem::path tree() {
    trees_.push_back(std::make_unique<TraceFolder>());
    return trees_.back()->path();
  }
  static Lines lines_of(const std::string& text) {
    std::istringstream stream(text);
    Lines lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }
  std::vector<std::unique_ptr<TraceFolder>> traces_, trees_;
};

// Of two ways to a folder, a walk along links shows the one that it comes to first.
Lines by_either_way(Lines lines) {
  const std::string one = "tree/z/inner", other = "tree/b/inner";
  for (std::string& line : lines) {
    const size_t at = line.find(one);
    const bool along_links = line.starts_with("logical") || line.starts_with("plain");
    if (along_links && at != std::string::npos) line.replace(at, one.size(), other);
  }
  return lines;
}

TEST_F(Walks, ShowWhatTheyShowAlone) {
  const Lines expected = sorted(by_either_way(alone()));
  ASSERT_GT(expected.size(), 100u);
  for (uint64_t order : {0, 1, 2, 3}) {
    const Lines shown = sorted(by_either_way(probed(order)));
    Lines lost, added;
    std::set_difference(expected.begin(), expected.end(), shown.begin(), shown.end(),
                        std::back_inserter(lost));
    std::set_difference(shown.begin(), shown.end(), expected.begin(), expected.end(),
                        std::back_inserter(added));
    EXPECT_THAT(lost, testing::IsEmpty()) << order;
    EXPECT_THAT(added, testing::IsEmpty()) << order;
  }
}

TEST_F(Walks, AreInTheOrderAskedFor) {
  const Lines by_name = probed(1);
  EXPECT_THAT(said_by(by_name, "scandir"),
              testing::ElementsAre("a", "b", "dangling", "empty", "link", "m", "z"));
  EXPECT_THAT(said_by(by_name, "child"),
              testing::ElementsAre("1 of tree/z", "2 of tree/z", "inner of tree/z",
                                   "inner of tree/b", "up of tree/b"));
  EXPECT_EQ(probed(3), probed(3));
  const Lines orders[] = {by_name, probed(2), probed(3), probed(4), probed(5)};
  for (const char* walk : {"physical", "depth", "fts", "plain", "logical", "glob 4", "within"}) {
    std::set<Lines> different;
    for (const Lines& lines : orders) different.insert(said_by(lines, walk));
    EXPECT_GT(different.size(), 1u) << walk;
  }
}

TEST_F(Walks, AreNotedByTheFolderWhereTheyBegin) {
  probed(0);
  std::multiset<std::string> noted;
  for (const SourceRecord& source : trace_.sources)
    if (source.kind == SourceKind::kFolderRead) noted.insert(source.site);
  for (const char* read : {"/tree", "/tree/z", "/tree/b"})
    EXPECT_TRUE(noted.contains(folder() + read)) << read;
}

}  // namespace
}  // namespace detaudit::instrument
