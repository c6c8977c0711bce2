#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "reports/html_parts.h"
#include "reports/phrases.h"
#include "reports/report.h"
#include "tests/golden/sample_reports.h"

namespace detaudit::reports {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

// Every tag of the page, without its brackets. Escaped text holds no bracket.
std::vector<std::string> tags(const std::string& page) {
  std::vector<std::string> all;
  for (size_t at = page.find('<'); at != std::string::npos; at = page.find('<', at + 1)) {
    all.push_back(page.substr(at + 1, page.find('>', at) - at - 1));
  }
  return all;
}

// The first group of `pattern` in each tag that has it.
std::vector<std::string> in_tags(const std::string& page, const char* pattern) {
  std::regex regex(pattern);
  std::vector<std::string> found;
  for (const std::string& tag : tags(page)) {
    if (std::smatch match; std::regex_search(tag, match, regex)) found.push_back(match[1]);
  }
  return found;
}

TEST(Html, EscapesWhatMarkupAndAttributesReadAsTheirs) {
  EXPECT_EQ(escape("<a href=\"x\">'&'</a>"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  EXPECT_EQ(escape("a\x01\n\xff"), "a\\x01\\x0a\\xff");
  EXPECT_EQ(escape_lines("a\nb<"), "a\nb&lt;\n");
}

TEST(Html, BackquotesBecomeCodeAndStayInert) {
  EXPECT_EQ(prose("use `a<b>` now"), "use <code>a&lt;b&gt;</code> now");
  EXPECT_EQ(prose("one ` alone"), "one ` alone");
  EXPECT_EQ(prose("``"), "<code></code>");
}

// The elements that the page itself is made of; nothing else may appear, whatever the model says.
TEST(Html, NoTextOfAnyMemberBecomesMarkup) {
  const std::set<std::string> own = {
      "!DOCTYPE", "html", "head", "meta", "link", "title",  "style",   "body",    "main",  "header",
      "p",        "h1",   "h2",   "h3",   "h4",   "span",   "dl",      "div",     "dt",    "dd",
      "ul",       "li",   "code", "nav",  "a",    "pre",    "section", "table",   "thead", "tbody",
      "caption",  "tr",   "th",   "td",   "b",    "strong", "details", "summary", "svg",   "rect"};
  const std::string hostile = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>`<i>`&";
  Json json = Json::parse(render_json(tests::divergent_report()));
  const Json flat = json.flatten();
  for (const auto& [path, value] : flat.items()) {
    bool word = path == "/schema" || path.ends_with("/severity");
    if (value.is_string() && !word) json[Json::json_pointer(path)] = hostile;
  }
  json["environment"] = {{hostile, hostile}};
  std::string page = render_html(parse_json(json.dump()));
  for (const std::string& element : in_tags(page, "^/?([^ ]*)")) {
    EXPECT_TRUE(own.contains(element)) << element;
  }
  for (const std::string& tag : tags(page)) {
    std::string without_values = std::regex_replace(tag, std::regex("\"[^\"]*\""), "");
    EXPECT_THAT(without_values, Not(HasSubstr("alert"))) << tag;
  }
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

// What the page says was run can be pasted into a shell.
TEST(Html, TheCommandIsWordsOfAShell) {
  const std::vector<std::string> arguments = {"sh", "-c",        "echo 'a  b' \"$1\"", "",
                                              "x y", "two\nlines", "\xff\\'",           "--a=b"};
  EXPECT_EQ(shell_words(arguments),
            "sh -c 'echo '\\''a  b'\\'' \"$1\"' '' 'x y' $'two\\nlines' $'\\xff\\\\\\'' --a=b");
  Report report = tests::sample_reports().front().report;
  report.subject = arguments;
  report.subject[6] = "\\'";  // bytes that are no text are written out, as JSON has them
  EXPECT_NE(render_html(report).find(escape(shell_words(report.subject))), std::string::npos);
  EXPECT_EQ(parse_json(render_json(report)).subject[5], "two\nlines");
}

TEST(Html, NeedsNothingFromElsewhere) {
  for (const tests::SampleReport& sample : tests::sample_reports()) {
    std::string page = render_html(sample.report);
    for (const char* fetching : {"<script", "<iframe", "@import", "url(", "http://", "https://"}) {
      EXPECT_THAT(page, Not(HasSubstr(fetching)));
    }
    EXPECT_THAT(page, HasSubstr("default-src 'none'"));
    for (const std::string& target : in_tags(page, "(?:src|href)=\"([^\"]*)\"")) {
      EXPECT_TRUE(target.starts_with("#") || target == "data:,") << target;
    }
  }
}

TEST(Html, EveryLinkLeadsSomewhereAndIdsAreUnique) {
  for (const tests::SampleReport& sample : tests::sample_reports()) {
    std::string page = render_html(sample.report);
    std::vector<std::string> ids = in_tags(page, "\\sid=\"([^\"]*)\"");
    std::set<std::string> unique(ids.begin(), ids.end());
    EXPECT_EQ(ids.size(), unique.size()) << sample.name;
    for (const std::string& target : in_tags(page, "href=\"#([^\"]*)\"")) {
      EXPECT_TRUE(unique.contains(target)) << sample.name << ": " << target;
    }
  }
}

TEST(Html, ElementsCloseInOrder) {
  const std::set<std::string> empty = {"meta", "link"};
  for (const tests::SampleReport& sample : tests::sample_reports()) {
    std::vector<std::string> open;
    for (const std::string& tag : in_tags(render_html(sample.report), "^(/?[a-z0-9]+)")) {
      if (empty.contains(tag)) continue;
      if (tag[0] != '/') {
        open.push_back(tag);
        continue;
      }
      ASSERT_FALSE(open.empty()) << tag;
      ASSERT_EQ("/" + open.back(), tag) << sample.name;
      open.pop_back();
    }
    EXPECT_TRUE(open.empty());
  }
}

TEST(Html, SectionsStandInTheContractsOrder) {
  std::vector<std::string> sections =
      in_tags(render_html(tests::divergent_report()), "h2 id=\"([a-z]+)\"");
  EXPECT_EQ(sections,
            (std::vector<std::string>{"findings", "coverage", "environment", "runs", "metrics",
                                      "timeline", "operations", "experiments", "codes", "raw"}));
}

TEST(Html, DifferencesAreSaidInWordsNotColourAlone) {
  std::string page = render_html(tests::divergent_report());
  EXPECT_THAT(page, HasSubstr("<span class=\"mark\">differs</span> 77c1d02be95a"));
  EXPECT_THAT(page, HasSubstr("first origin, step 3"));
  // On a telephone a cell stands on a line of its own; two columns stay abreast.
  EXPECT_THAT(page, HasSubstr("<td data-name=\"Seen as\">origin</td>"));
  EXPECT_THAT(page, HasSubstr("<th scope=\"row\">Lanes</th><td>3</td>"));
  EXPECT_THAT(page, HasSubstr("The runs agree before step 3 and part there"));
  EXPECT_THAT(render_html(tests::reproducible_report()),
              HasSubstr("Every event of steps 0 to 23 agrees."));
  EXPECT_THAT(render_html(tests::reproducible_report()), Not(HasSubstr("first origin")));
}

TEST(Html, ManyFindingsAndWideNumbersStayWhole) {
  Report report = tests::divergent_report();
  report.findings.resize(300, report.findings[0]);
  for (size_t i = 0; i < report.findings.size(); ++i) {
    report.findings[i].id = "F" + std::to_string(i + 1);
  }
  std::string page = render_html(report);
  EXPECT_EQ(in_tags(page, "details class=\"card [a-z]+\" id=\"(F[0-9]+)\"").size(), 300u);
}

}  // namespace
}  // namespace detaudit::reports
