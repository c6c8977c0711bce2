#include "auditor/launch/query.h"

#include <gtest/gtest.h>

namespace detaudit::auditor {
namespace {

constexpr std::chrono::seconds kLong{60};

TEST(Query, GivesWhatAProgramPrints) {
  EXPECT_EQ(output_of({"sh", "-c", "echo fact; echo noise >&2"}, kLong), "fact\n");
  EXPECT_EQ(output_of({"pwd"}, kLong, "/"), "/\n");
  EXPECT_EQ(output_of({"sh", "-c", "exec >&-; sleep 0.05"}, kLong), "");
}

TEST(Query, GivesNothingWhenItFails) {
  EXPECT_FALSE(output_of({"no-such-program-here"}, kLong));
  EXPECT_FALSE(output_of({"sh", "-c", "echo half; exit 1"}, kLong));
  EXPECT_FALSE(output_of({"sh", "-c", "echo half; kill -9 $$"}, kLong));
  EXPECT_FALSE(output_of({"pwd"}, kLong, "/no/such/folder"));
}

TEST(Query, DoesNotWaitForeverOrTakeEverything) {
  EXPECT_FALSE(output_of({"sleep", "600"}, std::chrono::milliseconds(50)));
  EXPECT_FALSE(output_of({"yes"}, std::chrono::milliseconds(50)));
  auto much = output_of({"head", "-c", "10000000", "/dev/zero"}, kLong);
  ASSERT_TRUE(much);
  EXPECT_LT(much->size(), 2'000'000u);
}

}  // namespace
}  // namespace detaudit::auditor
