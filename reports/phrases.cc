#include "reports/phrases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <string_view>

#include "reports/printable.h"

namespace detaudit::reports {
namespace {

constexpr size_t kLongestName = 80;

std::string name(const std::string& text) { return shortened(printable(text), kLongestName); }

bool is_plain(unsigned char byte) {
  return std::isalnum(byte) != 0 || std::string_view("_@%+=:,./-").find(static_cast<char>(byte)) !=
                                        std::string_view::npos;
}

// For bash: bytes that cannot be seen are written out.
std::string escaped_word(const std::string& text) {
  std::string out = "$'";
  for (unsigned char byte : text) {
    if (byte == '\'' || byte == '\\') {
      out += std::string("\\") + static_cast<char>(byte);
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += static_cast<char>(byte);
    }
  }
  return out + "'";
}

std::string shell_word(const std::string& text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return text;
  if (printable(text) != text) return escaped_word(text);
  std::string out = "'";
  for (char byte : text) out += byte == '\'' ? std::string("'\\''") : std::string(1, byte);
  return out + "'";
}

}  // namespace

std::string shell_words(const std::vector<std::string>& arguments) {
  std::string line;
  for (const std::string& argument : arguments) {
    line += (line.empty() ? "" : " ") + shell_word(argument);
  }
  return line;
}

std::string counted(uint64_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string claim(const Report& report) {
  std::string runs = counted(report.runs.size(), "run");
  if (report.verdict == "reproducible") {
    return fmt::format("{} gave equal bytes in {}, {}", report.title, runs, report.scope);
  }
  if (report.verdict == "divergent") {
    return fmt::format("{} is not reproducible, {}: {} in {}", report.title, report.scope,
                       counted(report.findings.size(), "finding"), runs);
  }
  if (report.verdict == "within-tolerance") {
    return fmt::format("metrics of {} agree in {}, {}; its bytes do not", report.title, runs,
                       report.scope);
  }
  return fmt::format("nothing can be claimed for {}, {}, from {}", report.title, report.scope,
                     runs);
}

std::string first_origin(const Report& report) {
  for (const ReportFinding& finding : report.findings) {
    if (!finding.origin || finding.severity == Severity::kNote) continue;
    return fmt::format("first origin: `{}`, step {}", name(finding.op), finding.step);
  }
  return "";
}

std::string bound(const Report& report) {
  if (report.comparisons == 0) return "no two runs were compared";
  std::string compared = counted(report.comparisons, "comparison");
  if (report.verdict == "reproducible") compared = "0 of " + compared + " differed";
  if (report.divergence_probability_upper_95 >= 1) {
    return compared + ", which set no bound on how often a fresh run differs";
  }
  return fmt::format(
      "{}: a fresh run differs from the commonest result with probability at most {:.3g} (95% "
      "confidence; on this machine, under this load and perturbation)",
      compared, report.divergence_probability_upper_95);
}

std::string run_end(const ReportRun& run) {
  if (run.timed_out) return "timed out";
  if (run.signal) return *run.signal;
  return run.exit_code ? fmt::format("exit {}", *run.exit_code) : "did not end";
}

std::string place(const ReportFinding& finding) {
  std::string text = fmt::format("step {}, event {}", finding.step, finding.event);
  if (!finding.lane.empty()) text += fmt::format(", lane `{}`", name(finding.lane));
  if (!finding.key.empty()) text += fmt::format(", key `{}`", name(finding.key));
  if (!finding.kernel.empty()) text += fmt::format(", kernel `{}`", name(finding.kernel));
  if (finding.occurrences > 1) text += fmt::format(", {} occurrences", finding.occurrences);
  return text;
}

std::string magnitude(const ReportMagnitude& amount) {
  std::string text = fmt::format("{} of {} elements {}", amount.differing, amount.elements,
                                 amount.differing == 1 ? "differs" : "differ");
  if (amount.max_ulp == UINT64_MAX) {
    text += ", some are not a number in one of the runs";
  } else if (amount.max_ulp > 0) {
    text += fmt::format(", largest {} ulp", amount.max_ulp);
  }
  return text + fmt::format(", {:.3g} absolute", amount.max_abs);
}

std::string proof(const ReportFinding& finding) {
  // Of what is not known nothing is proven; that it happens may be.
  if (finding.cause == "unknown") {
    return finding.proof == "replay" ? "cause: unknown; that it varies is proven by replay"
                                     : "cause: unknown";
  }
  std::string how = finding.proof;
  if (finding.proof == "counterfactual" || finding.proof == "replay") how = "proven by " + how;
  if (finding.proof == "recorded") how = "recorded: what was observed is itself the source";
  if (finding.proof == "inferred") how = "inferred, not proven";
  return fmt::format("cause: {}, {}", finding.cause, how);
}

std::string remedy(const ReportFix& fix) {
  std::string text = fix.summary;
  if (!fix.replacement.empty() && text.find(fix.replacement) == std::string::npos) {
    text += fmt::format("{}use `{}`", text.empty() ? "" : ": ", fix.replacement);
  }
  if (fix.cost_ratio && std::isfinite(*fix.cost_ratio))
    text += fmt::format(" ({:.2g}x the time here)", *fix.cost_ratio);
  return text;
}

std::string steps(const ReportBin& bin) {
  return bin.first_step == bin.last_step
             ? fmt::format("step {}", bin.first_step)
             : fmt::format("steps {} to {}", bin.first_step, bin.last_step);
}

bool digest_differs(const Report& report, const ReportRun& run) {
  auto first = std::find_if(report.runs.begin(), report.runs.end(),
                            [](const ReportRun& each) { return !each.digest.empty(); });
  return !run.digest.empty() && run.digest != first->digest;
}

}  // namespace detaudit::reports
