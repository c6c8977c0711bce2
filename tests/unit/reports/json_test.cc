#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "reports/report.h"
#include "tests/golden/sample_reports.h"

namespace detaudit::reports {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

TEST(Json, ReadsBackToTheSameBytes) {
  for (const tests::SampleReport& sample : tests::sample_reports()) {
    std::string text = render_json(sample.report);
    EXPECT_EQ(render_json(parse_json(text)), text) << sample.name;
  }
}

TEST(Json, TwoRenderingsAreEqual) {
  EXPECT_EQ(render_json(tests::hostile_report()), render_json(tests::hostile_report()));
}

TEST(Json, ReadsBackToTheSameText) {
  for (const tests::SampleReport& sample : tests::sample_reports()) {
    Report read = parse_json(render_json(sample.report));
    EXPECT_EQ(render_text(read, Colour::kNever), render_text(sample.report, Colour::kNever))
        << sample.name;
  }
}

TEST(Json, HasTheContractsMembers) {
  Json json = Json::parse(render_json(tests::divergent_report()));
  EXPECT_EQ(json["schema"], "detaudit.report/1");
  EXPECT_EQ(json["audit"]["verdict"], "divergent");
  EXPECT_EQ(json["runs"][0]["exit_code"], 0);
  EXPECT_TRUE(json["runs"][0]["signal"].is_null());
  EXPECT_EQ(json["coverage"]["events_compared"], 9120);
  EXPECT_EQ(json["confidence"]["comparisons"], 2);
  const Json& finding = json["findings"][0];
  EXPECT_EQ(finding["code"], "DET101");
  EXPECT_EQ(finding["severity"], "error");
  EXPECT_EQ(finding["magnitude"]["max_abs"], 1.1920928955078125e-07);
  EXPECT_EQ(finding["location"]["line"], 141);
  EXPECT_EQ(finding["fix"]["cost_ratio"], 0.9);
  EXPECT_TRUE(json["findings"][1]["magnitude"].is_null());
  EXPECT_TRUE(json["findings"][1]["location"].is_null());
}

TEST(Json, SaysHowTheGpuWasLookedAtWhereThereWasOne) {
  Report report = tests::reproducible_report();
  EXPECT_FALSE(Json::parse(render_json(report))["coverage"].contains("gpu"));
  report.gpu = {"gpu: fine, as asked", "a `second` line"};
  const std::string text = render_json(report);
  EXPECT_EQ(Json::parse(text)["coverage"]["gpu"][0], "gpu: fine, as asked");
  EXPECT_EQ(parse_json(text).gpu, report.gpu);
  EXPECT_EQ(render_json(parse_json(text)), text);
  EXPECT_THAT(render_text(report, Colour::kNever), HasSubstr("looked at      gpu: fine, as asked"));
  EXPECT_THAT(render_html(report), HasSubstr("gpu: fine, as asked"));
}

TEST(Json, NumbersAreExact) {
  Report report = tests::hostile_report();
  report.runs[0].wall_seconds = 0.1 + 0.2;
  Report read = parse_json(render_json(report));
  EXPECT_EQ(read.runs[0].wall_seconds, 0.1 + 0.2);
  EXPECT_EQ(read.findings[0].magnitude->max_ulp, UINT64_MAX);
  EXPECT_EQ(read.findings[0].location->line, 4294967295u);
  EXPECT_EQ(read.findings[0].magnitude->max_abs, std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(*read.findings[0].fix.cost_ratio));
  EXPECT_EQ(read.metrics[0].last_values[1], -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::signbit(read.metrics[0].last_values[2]));
  EXPECT_EQ(*read.metrics[0].tolerance, 5e-324);
}

TEST(Json, TextIsKeptAndWhatIsNoTextIsWrittenOut) {
  Report report;
  report.title = std::string("a\0b\x1b\"\\", 6) + "\xff ü";
  EXPECT_EQ(parse_json(render_json(report)).title, std::string("a\0b\x1b\"\\", 6) + "\\xff ü");
}

std::string refusal(const std::string& text) {
  try {
    parse_json(text);
  } catch (const DiagnosticError& error) {
    EXPECT_EQ(error.diagnostic().code, "DET903");
    EXPECT_EQ(error.exit_code(), ExitCode::kUsage);
    EXPECT_FALSE(error.diagnostic().helps.empty());
    return error.what();
  }
  return "accepted";
}

TEST(Json, WhatIsNoReportIsRefusedByName) {
  EXPECT_THAT(refusal(""), HasSubstr("cannot be read"));
  EXPECT_THAT(refusal("[]"), HasSubstr("no object"));
  EXPECT_THAT(refusal("{}"), HasSubstr("`schema` is missing"));
  EXPECT_THAT(refusal("{\"schema\": \"detaudit.report/2\"}"), HasSubstr("`detaudit.report/2`"));
  EXPECT_THAT(refusal("{\"schema\": \"detaudit.report/1\"}"), HasSubstr("`audit` is missing"));
}

TEST(Json, EveryMemberOfTheWrongKindIsRefusedByName) {
  Report report = tests::divergent_report();
  report.timeline.resize(1);
  report.runs.resize(1);
  const Json whole = Json::parse(render_json(report));
  const Json flat = whole.flatten();
  for (const auto& [path, value] : flat.items()) {
    if (path.starts_with("/environment/")) continue;
    Json broken = whole;
    broken[Json::json_pointer(path)] = Json::array({Json::object()});
    if (value.is_array()) continue;  // an empty array: an array is what belongs there
    EXPECT_THAT(refusal(broken.dump()), HasSubstr("`")) << path;
  }
}

TEST(Json, NumbersOutOfRangeAreRefused) {
  Json broken = Json::parse(render_json(tests::divergent_report()));
  broken["runs"][0]["events"] = -1;
  EXPECT_THAT(refusal(broken.dump()), HasSubstr("`runs[0].events`"));
  broken = Json::parse(render_json(tests::divergent_report()));
  broken["findings"][0]["location"]["line"] = 4294967296;
  EXPECT_THAT(refusal(broken.dump()), HasSubstr("`findings[0].location.line`"));
}

TEST(Json, UnknownMembersAreLeftOut) {
  std::string text = render_json(tests::divergent_report());
  Json more = Json::parse(text);
  more["later"] = 1;
  more["runs"][0]["later"] = 1;
  EXPECT_EQ(render_json(parse_json(more.dump())), text);
}

}  // namespace
}  // namespace detaudit::reports
