#include "kernels/measured_costs.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <string>

#include "kernels/catalogue.h"

namespace detaudit::kernels {
namespace {

TEST(MeasuredCosts, AreThoseOfTheFigures) {
  std::ifstream figures(DETAUDIT_DOCS "/figures.md");
  const std::regex row(R"(\| (\w+) \| ([0-9.]+)x \| [0-9.]+x \|)");
  std::set<std::string> told;
  for (std::string line; std::getline(figures, line);) {
    std::smatch found;
    if (!std::regex_match(line, found, row)) continue;
    told.insert(found[1]);
    ASSERT_TRUE(measured_cost(found[1].str()).has_value()) << line;
    EXPECT_EQ(*measured_cost(found[1].str()), std::strtod(found[2].str().c_str(), nullptr)) << line;
  }
  EXPECT_GE(told.size(), 16u);
  for (const Pair& pair : catalogue()) {
    EXPECT_EQ(measured_cost(pair.op).has_value(), told.contains(std::string(pair.op))) << pair.op;
  }
  EXPECT_FALSE(measured_cost("no_such_op").has_value());
}

}  // namespace
}  // namespace detaudit::kernels
