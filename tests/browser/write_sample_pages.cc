#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "reports/html_parts.h"
#include "reports/report.h"
#include "tests/golden/sample_reports.h"

// Writes into FOLDER, for each sample: NAME.html, the page as a user gets it; and
// NAME.measure.html, which loads that page in a frame as wide as a telephone and writes what it
// finds into its own body. control.html does what no report may: the test must notice.
namespace {

std::string measuring(const std::string& page) {
  return "<!DOCTYPE html><body><iframe width=\"400\" height=\"800\" srcdoc=\"" +
         detaudit::reports::escape_lines(page) + R"html("></iframe><script>
const frame = document.querySelector("iframe");
frame.onload = () => {
  const page = frame.contentDocument, root = page.documentElement;
  const low = [...page.querySelectorAll("h1,h2,h3,p,td,th,dd,li,summary")].filter(
      element => !element.textContent.trim() && element.tagName != "TH" && element.tagName != "TD");
  // Folded parts as a reader sees them who unfolds them. Only code may scroll by itself.
  for (const part of page.querySelectorAll("details")) part.open = true;
  const cut = [...page.querySelectorAll("body *")].filter(
      element => element.tagName != "PRE" && !element.closest("svg, thead, .markers") &&
                 element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0);
  const squeezed = [...page.querySelectorAll("td, tbody th, dd")].filter(
      element => element.clientWidth < 80 && element.textContent.trim().length > 6);
  document.body.dataset.measured = [
    "overflow=" + (root.scrollWidth - root.clientWidth),
    "cut=" + cut.length,
    "squeezed=" + squeezed.length,
    "headings=" + page.querySelectorAll("h1").length,
    "scripts=" + page.querySelectorAll("script,iframe,object,embed,img").length,
    "handlers=" + [...page.querySelectorAll("*")].filter(
        element => [...element.attributes].some(each => each.name.startsWith("on"))).length,
    "captions=" + (page.querySelectorAll("table").length - page.querySelectorAll("caption").length),
    "empty=" + low.length].join(" ");
};
</script>)html";
}

constexpr const char* kControl =
    "<!DOCTYPE html><body><div style='width:900px'><script>console.error('control')</script>"
    "<img src=x onerror=1></div><div style='overflow:auto'><table style='width:900px'><tr>"
    "<td>.</table></div><dd style='width:30px;overflow-wrap:anywhere'>batch_norm</dd>";

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const std::filesystem::path folder = arguments[1];
  for (const auto& sample : detaudit::tests::sample_reports()) {
    std::string page = detaudit::reports::render_html(sample.report);
    std::ofstream(folder / (sample.name + ".html")) << page;
    std::ofstream(folder / (sample.name + ".measure.html")) << measuring(page);
    std::cout << sample.name << "\n";
  }
  std::ofstream(folder / "control.html") << kControl;
  std::ofstream(folder / "control.measure.html") << measuring(kControl);
}
