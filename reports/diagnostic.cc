#include "reports/diagnostic.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <utility>

#include "reports/painter.h"
#include "reports/printable.h"

namespace detaudit::reports {
namespace {

constexpr size_t kLongestSourceLine = 160;  // characters shown
constexpr uintmax_t kLargestSourceFile = 16u << 20;

bool is_name_byte(char byte) {
  return std::isalnum(static_cast<unsigned char>(byte)) || byte == '_' || byte == ':' ||
         byte == '.';
}

struct Snippet {
  std::string line;       // as shown: tabs expanded, escaped
  size_t underline_from;  // characters
  size_t underline_size;
};

std::string shown(std::string_view text) {
  std::string expanded;
  for (char byte : text) expanded += byte == '\t' ? std::string(4, ' ') : std::string(1, byte);
  return printable(expanded);
}

// Underlines the name at the column, or the whole statement when the column is not known.
Snippet make_snippet(std::string_view text, unsigned column) {
  size_t from = text.find_first_not_of(" \t");
  size_t to = text.find_last_not_of(" \t\r") + 1;
  text = text.substr(0, to);
  if (column > 0 && column <= text.size()) {
    from = column - 1;
    to = from + 1;
    while (to < text.size() && is_name_byte(text[to - 1]) && is_name_byte(text[to])) ++to;
  }
  Snippet snippet;
  snippet.line = shortened(shown(text), kLongestSourceLine);
  size_t widest = character_count(snippet.line);
  snippet.underline_from = std::min(character_count(shown(text.substr(0, from))), widest - 1);
  size_t size = character_count(shown(text.substr(from, to - from)));
  snippet.underline_size = std::min(size, widest - snippet.underline_from);
  return snippet;
}

// Further lines of `text` are indented to stand under its first.
void append_attached(std::string& out, const Painter& painter, const std::string& margin,
                     const std::string& kind, const std::string& text) {
  std::string lead = margin + " = ";
  out += margin + " " + painter.frame("=") + " " + painter.bold(kind + ":") + " ";
  std::string indent(lead.size() + kind.size() + 2, ' ');
  for (size_t at = 0;;) {
    size_t end = text.find('\n', at);
    out += printable(std::string_view(text).substr(at, end - at)) + "\n";
    if (end == std::string::npos) break;
    out += indent;
    at = end + 1;
  }
}

void append_source(std::string& out, const Painter& painter, const std::string& margin,
                   const Diagnostic& diagnostic) {
  const SourceLocation& location = *diagnostic.location;
  std::string number = std::to_string(location.line);
  out.append(margin).append(painter.frame("-->")).append(" ").append(printable(location.file));
  if (location.line > 0) out.append(":").append(number);
  if (location.line > 0 && location.column > 0)
    out.append(":").append(std::to_string(location.column));
  out += "\n";
  std::string text = location.text.empty() ? read_source_line(location) : location.text;
  if (text.find_first_not_of(" \t\r") == std::string::npos) {
    if (!diagnostic.label.empty()) append_attached(out, painter, margin, "note", diagnostic.label);
    return;
  }
  Snippet snippet = make_snippet(text, location.column);
  std::string bar = margin + " " + painter.frame("|");
  out += bar + "\n" + painter.frame(number + " |") + " " + snippet.line + "\n";
  std::string marks(snippet.underline_size, '^');
  if (!diagnostic.label.empty()) marks.append(" ").append(printable(diagnostic.label));
  out += bar + " " + std::string(snippet.underline_from, ' ') +
         painter.severity(diagnostic.severity, marks) + "\n";
}

}  // namespace

const char* severity_name(Severity severity) {
  switch (severity) {
    case Severity::kNote:
      return "note";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "error";
}

DiagnosticError::DiagnosticError(Diagnostic diagnostic, ExitCode exit_code)
    : diagnostic_(std::move(diagnostic)), exit_code_(exit_code) {}

const char* DiagnosticError::what() const noexcept { return diagnostic_.message.c_str(); }

DiagnosticError usage_error(std::string code, std::string message, std::string help) {
  Diagnostic diagnostic;
  diagnostic.code = std::move(code);
  diagnostic.message = std::move(message);
  if (!help.empty()) diagnostic.helps.push_back(std::move(help));
  return DiagnosticError(std::move(diagnostic), ExitCode::kUsage);
}

std::string read_source_line(const SourceLocation& location) {
  std::error_code error;
  if (location.line == 0 || !std::filesystem::is_regular_file(location.file, error)) return "";
  if (std::filesystem::file_size(location.file, error) > kLargestSourceFile || error) return "";
  std::ifstream file(location.file);
  std::string line;
  for (unsigned number = 1; std::getline(file, line); ++number) {
    if (number == location.line) return line;
  }
  return "";
}

std::string render(const Diagnostic& diagnostic, Colour colour) {
  Painter painter(colour);
  std::string head = severity_name(diagnostic.severity);
  if (!diagnostic.code.empty()) head += "[" + diagnostic.code + "]";
  std::string out = painter.severity(diagnostic.severity, head) +
                    painter.bold(": " + printable(diagnostic.message)) + "\n";
  std::string margin(2, ' ');
  if (diagnostic.location) {
    margin = std::string(std::to_string(diagnostic.location->line).size(), ' ');
    append_source(out, painter, margin, diagnostic);
  } else if (!diagnostic.label.empty()) {
    append_attached(out, painter, margin, "note", diagnostic.label);
  }
  for (const std::string& note : diagnostic.notes) {
    append_attached(out, painter, margin, "note", note);
  }
  for (const std::string& help : diagnostic.helps) {
    append_attached(out, painter, margin, "help", help);
  }
  return out;
}

}  // namespace detaudit::reports
