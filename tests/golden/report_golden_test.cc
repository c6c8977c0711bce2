#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "reports/report.h"
#include "tests/golden/sample_reports.h"

namespace detaudit::reports {
namespace {

void expect_equal(const std::string& rendered, const std::string& recorded,
                  const std::string& file) {
  auto [left, right] =
      std::mismatch(rendered.begin(), rendered.end(), recorded.begin(), recorded.end());
  size_t at = left - rendered.begin();
  EXPECT_EQ(rendered.substr(at, 80), recorded.substr(at, 80))
      << file << " differs from byte " << at << "; DETAUDIT_UPDATE=1 rewrites it";
}

// The recorded renderings, byte for byte. DETAUDIT_UPDATE=1 rewrites them: read the difference.
class ReportGolden : public testing::TestWithParam<tests::SampleReport> {
 protected:
  static void expect_recorded(const std::string& file, const std::string& rendered) {
    std::filesystem::path path = std::filesystem::path(DETAUDIT_GOLDEN) / file;
    if (std::getenv("DETAUDIT_UPDATE")) std::ofstream(path, std::ios::binary) << rendered;
    std::ifstream stream(path, std::ios::binary);
    ASSERT_TRUE(stream) << "no " << path << ": run with DETAUDIT_UPDATE=1 and read what it writes";
    std::stringstream recorded;
    recorded << stream.rdbuf();
    expect_equal(rendered, recorded.str(), file);
  }
};

TEST_P(ReportGolden, Json) {
  expect_recorded(GetParam().name + ".json", render_json(GetParam().report));
}

TEST_P(ReportGolden, Text) {
  expect_recorded(GetParam().name + ".txt", render_text(GetParam().report, Colour::kNever));
}

TEST_P(ReportGolden, HtmlOfWhatJsonKeeps) {
  Report kept = parse_json(render_json(GetParam().report));
  expect_recorded(GetParam().name + ".html", render_html(kept));
  expect_equal(render_html(kept), render_html(GetParam().report), GetParam().name);
}

INSTANTIATE_TEST_SUITE_P(Samples, ReportGolden, testing::ValuesIn(tests::sample_reports()),
                         [](const auto& sample) { return sample.param.name; });

}  // namespace
}  // namespace detaudit::reports
