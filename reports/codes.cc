#include "reports/codes.h"

#include <algorithm>
#include <string>
#include <vector>

#include "reports/code_tables.h"
#include "reports/paragraphs.h"

namespace detaudit::reports {
namespace {

constexpr size_t kExplainWidth = 92;

std::vector<Code> all_codes() {
  std::vector<Code> all;
  for (std::span<const Code> part : {cause_codes(), evidence_codes(), source_codes(), script_codes(),
                                     gpu_codes(), usage_codes()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  std::sort(all.begin(), all.end(), [](const Code& a, const Code& b) { return a.code < b.code; });
  return all;
}

std::string indented(std::string_view text, size_t indent) {
  std::string out;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) out += std::string(indent, ' ') + std::string(text.substr(0, end));
    out += "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// In Markdown a paragraph ends at an empty line; list items stay together.
std::string markdown_paragraphs(std::string_view text) {
  std::string out;
  bool item_before = true;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    bool item = text.starts_with("- ");
    if (!(item && item_before)) out += "\n";
    out += wrap(text.substr(0, end), kExplainWidth, 0);
    item_before = item;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string markdown_section(const Code& code) {
  std::string out = "\n## " + std::string(code.code) + " " + std::string(code.name) + "\n\n";
  out += "Severity: " + std::string(severity_name(code.severity)) + ".\n";
  out += "\n**What it means.**" + markdown_paragraphs(code.what);
  out += "\n**Why it matters.**" + markdown_paragraphs(code.why);
  out += "\n**Example.**\n```\n" + std::string(code.example) + "\n```\n";
  out += "\n**What to do.**" + markdown_paragraphs(code.fix);
  return out;
}

}  // namespace

std::span<const Code> codes() {
  static const std::vector<Code> all = all_codes();
  return all;
}

const Code* find_code(std::string_view code) {
  for (const Code& each : codes()) {
    if (each.code == code) return &each;
  }
  return nullptr;
}

std::string explain(const Code& code) {
  std::string out = std::string(code.code) + " " + std::string(code.name) + " (" +
                    severity_name(code.severity) + ")\n";
  out += "\nwhat it means\n" + wrap(code.what, kExplainWidth, 2);
  out += "\nwhy it matters\n" + wrap(code.why, kExplainWidth, 2);
  out += "\nexample\n" + indented(code.example, 4);
  out += "\nwhat to do\n" + wrap(code.fix, kExplainWidth, 2);
  return out;
}

std::string codes_markdown() {
  std::string out =
      "# Codes\n\nGenerated from `reports/codes*.cc`; `detaudit explain CODE` prints the same text."
      " A released code keeps\nits meaning.\n\n| code | name | severity |\n| --- | --- | --- |\n";
  for (const Code& code : codes()) {
    std::string id(code.code), name(code.name);
    out += "| [" + id + "](#" + "det" + id.substr(3) + "-" + name + ") | " + name + " | " +
           severity_name(code.severity) + " |\n";
  }
  for (const Code& code : codes()) out += markdown_section(code);
  return out;
}

}  // namespace detaudit::reports
