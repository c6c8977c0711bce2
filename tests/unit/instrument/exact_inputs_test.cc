#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <sstream>

#include "tests/unit/instrument/run_subject.h"

namespace detaudit::instrument {
namespace {

using testing::Each;
using testing::ElementsAreArray;

// What the inputs of an operation that varied held, by name, one entry a state.
using States = std::map<std::string, std::vector<std::vector<double>>>;

States states_of(const std::vector<std::string>& arguments, bool exact) {
  TraceFolder folder;
  Control control;
  control.trace_directory = folder.path().string();
  control.replays = 4;
  control.replay_exact = exact;
  std::vector<std::string> command = {EXACT_SUBJECT};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::istringstream lines(subject_output(command, {{kControlVariable, encode(control)}}));
  States states;
  for (std::string line, name; std::getline(lines, line);) {
    std::istringstream words(line);
    words >> name;
    std::vector<double>& values = states[name].emplace_back();
    for (double value; words >> value;) values.push_back(value);
  }
  return states;
}

TEST(ExactInputs, AreTheRunsOwnUnlessAskedFor) {
  const States states = states_of({}, false);
  EXPECT_EQ(states.at("f32").size(), 1u);
}

TEST(ExactInputs, AreFirstOnePowerOfTwoThenEighthsOfItInEveryFloatType) {
  const States states = states_of({}, true);
  // The largest are 280 and 2.8; and 1 + 105/1024 in half precision.
  const std::map<std::string, double> tops = {{"f32", 256}, {"f64", 2}, {"bf16", 2}, {"f16", 1}};
  for (const auto& [name, top] : tops) {
    const auto& [own, equal, coarse] =
        std::tie(states.at(name).at(0), states.at(name).at(1), states.at(name).at(2));
    EXPECT_THAT(equal, Each(top)) << name;
    for (size_t i = 0; i < coarse.size(); ++i) {
      const double eighths = std::abs(coarse[i]) / top * 8;
      EXPECT_EQ(eighths, std::round(eighths)) << name;
      EXPECT_GE(eighths, 1) << name;
      EXPECT_LE(eighths, 8) << name;
      EXPECT_EQ(std::signbit(coarse[i]), std::signbit(own[i])) << name << " " << i;
    }
    EXPECT_THAT(coarse, testing::Not(Each(testing::AnyOf(coarse[0], -coarse[0])))) << name;
  }
}

TEST(ExactInputs, LeaveIntegersAndZerosAlone) {
  const States states = states_of({}, true);
  for (const char* name : {"i32", "zeros"}) {
    ASSERT_EQ(states.at(name).size(), 3u);
    for (size_t i = 1; i < 3; ++i)
      EXPECT_THAT(states.at(name)[i], ElementsAreArray(states.at(name)[0])) << name;
  }
}

TEST(ExactInputs, AreNotForcedOnMemoryThatCannotBeWritten) {
  const States states = states_of({"readonly"}, true);
  EXPECT_EQ(states.at("constant").size(), 1u);
}

}  // namespace
}  // namespace detaudit::instrument
