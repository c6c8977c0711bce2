#include "auditor/audit/shown_variables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace detaudit::auditor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string rest_of(const std::string& text) {
  std::vector<std::string> named;
  return without_our_variables(text, named);
}

TEST(ShownVariables, LeavesOutTheirValuesInEveryForm) {
  EXPECT_EQ(rest_of("A=1\nMALLOC_PERTURB_=194\nB=2\n"), "A=1\nMALLOC_PERTURB_=\nB=2\n");
  EXPECT_EQ(rest_of("{'PYTHONHASHSEED': '1014', 'X': '1'}"), "{'PYTHONHASHSEED': '', 'X': '1'}");
  EXPECT_EQ(rest_of("PYTHONHASHSEED=1 PYTHONHASHSEED=7"), "PYTHONHASHSEED= PYTHONHASHSEED=");
  EXPECT_EQ(rest_of("PYTHONHASHSEED="), "PYTHONHASHSEED=");
}

TEST(ShownVariables, KeepsAllElse) {
  EXPECT_NE(rest_of("MALLOC_PERTURB_=1\nx 1\n"), rest_of("MALLOC_PERTURB_=2\nx 2\n"));
  EXPECT_EQ(rest_of("loss 0.25\n"), "loss 0.25\n");
}

TEST(ShownVariables, NamesThem) {
  std::vector<std::string> named;
  without_our_variables("PYTHONHASHSEED=1\nMALLOC_PERTURB_=2\n", named);
  EXPECT_THAT(named, ElementsAre("MALLOC_PERTURB_", "PYTHONHASHSEED"));
  named.clear();
  without_our_variables("PATH=/bin\n", named);
  EXPECT_THAT(named, IsEmpty());
}

}  // namespace
}  // namespace detaudit::auditor
