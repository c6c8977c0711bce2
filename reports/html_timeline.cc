#include <fmt/format.h>

#include <algorithm>

#include "reports/html_parts.h"
#include "reports/phrases.h"

namespace detaudit::reports {
namespace {

constexpr double kHeight = 100;     // of a track, in its own units
constexpr double kLeastHeight = 8;  // of anything that is not nothing

// One row of the picture. Rows tell the kinds apart, so colour need not.
struct Track {
  const char* style;
  const char* name;
  uint64_t (*count)(const ReportBin&);
};

uint64_t agreeing(const ReportBin& bin) {
  uint64_t parted = bin.origins + bin.propagated;
  return bin.compared > parted ? bin.compared - parted : 0;
}

constexpr Track kTracks[] = {
    {"origin", "origins", [](const ReportBin& bin) { return bin.origins; }},
    {"propagated", "propagated", [](const ReportBin& bin) { return bin.propagated; }},
    {"missing", "in one run only", [](const ReportBin& bin) { return bin.missing; }},
    {"agrees", "agreeing", agreeing},
};

std::string bin_words(const ReportBin& bin) {
  return fmt::format("{}: {} compared, {}, {} propagated, {} in one run only", steps(bin),
                     bin.compared, counted(bin.origins, "origin"), bin.propagated, bin.missing);
}

std::string bar(const ReportBin& bin, size_t column, double height) {
  return fmt::format(
      "<rect x=\"{}\" y=\"{:.1f}\" width=\"1\" height=\"{:.1f}\"><title>{}</title></rect>\n",
      column, kHeight - height, height, bin_words(bin));
}

// Bars against the track's own highest, which its label gives.
std::string track(const Track& track, const std::vector<ReportBin>& bins) {
  uint64_t most = 0;
  for (const ReportBin& bin : bins) most = std::max(most, track.count(bin));
  std::string out = fmt::format("<div class=\"track\"><span><b>{}</b> {}</span>", track.name,
                                most == 0 ? "none" : fmt::format("up to {}", most));
  out += fmt::format(
      "<svg class=\"{}\" viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" "
      "aria-hidden=\"true\">\n",
      track.style, bins.size(), kHeight);
  for (size_t i = 0; i < bins.size(); ++i) {
    if (track.count(bins[i]) == 0) continue;
    double height = kHeight * double(track.count(bins[i])) / double(most);
    out += bar(bins[i], i, std::max(height, kLeastHeight));
  }
  return out + "</svg></div>\n";
}

bool parts(const ReportBin& bin) { return bin.origins + bin.propagated + bin.missing > 0; }

std::string summary(const Report& report) {
  const auto& bins = report.timeline;
  auto first = std::find_if(bins.begin(), bins.end(), parts);
  if (first == bins.end()) {
    const ReportBin all{bins.front().first_step, bins.back().last_step, 0, 0, 0, 0};
    return fmt::format("Every event of {} agrees.", steps(all));
  }
  auto last = std::find_if(bins.rbegin(), bins.rend(), parts);
  size_t parted = std::count_if(bins.begin(), bins.end(), parts);
  std::string before = first == bins.begin()
                           ? "The runs part from the beginning"
                           : fmt::format("The runs agree before {} and part there", steps(*first));
  return fmt::format("{}; the last difference is in {}. {} of {} show one.", before, steps(*last),
                     parted, counted(bins.size(), "interval"));
}

// The label stands on the side of the line where there is room.
std::string marker(const std::vector<ReportBin>& bins) {
  auto first =
      std::find_if(bins.begin(), bins.end(), [](const ReportBin& bin) { return bin.origins > 0; });
  if (first == bins.end()) return "";
  double at = 100.0 * (double(first - bins.begin()) + 0.5) / double(bins.size());
  std::string position =
      at > 50 ? fmt::format("right:{:.3f}%", 100 - at) : fmt::format("left:{:.3f}%", at);
  return fmt::format("<div class=\"marker {}\" style=\"{}\"><span>first origin, {}</span></div>\n",
                     at > 50 ? "before" : "after", position, steps(*first));
}

std::string picture(const std::vector<ReportBin>& bins) {
  const std::string mark = marker(bins);
  std::string out = fmt::format(
      "<div class=\"timeline{}\" role=\"img\" aria-label=\"Events by step that agree and that "
      "differ\" aria-describedby=\"timeline-words\">\n",
      mark.empty() ? "" : " marked");
  for (const Track& each : kTracks) out += track(each, bins);
  if (!mark.empty()) out += "<div class=\"markers\">" + mark + "</div>";
  return out + "</div>\n";
}

std::string as_table(const std::vector<ReportBin>& bins) {
  std::string rows;
  for (const ReportBin& bin : bins) {
    rows += fmt::format(
        "<tr{}><th scope=\"row\">{}</th><td class=\"number\">{}</td><td class=\"number\">{}</td>"
        "<td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
        parts(bin) ? " class=\"marked\"" : "", steps(bin), bin.compared, bin.origins,
        bin.propagated, bin.missing);
  }
  return "<details><summary>The picture as a table</summary>\n" +
         table("Events by step", {"Steps", "Compared", "Origins", "Propagated", "In one run only"},
               rows) +
         "</details>\n";
}

}  // namespace

std::string timeline_section(const Report& report) {
  const auto& bins = report.timeline;
  if (bins.empty()) return "";
  std::string out = "<p id=\"timeline-words\">" + summary(report) + "</p>\n" + picture(bins);
  out += fmt::format("<p class=\"axis\"><span>step {}</span><span>step {}</span></p>\n",
                     bins.front().first_step, bins.back().last_step);
  return out + as_table(bins);
}

}  // namespace detaudit::reports
