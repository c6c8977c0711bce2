#include "reports/paragraphs.h"

#include <algorithm>

#include "reports/printable.h"

namespace detaudit::reports {
namespace {

void wrap_paragraph(std::string& out, std::string_view paragraph, size_t width, size_t indent,
                    size_t hang) {
  if (paragraph.starts_with("- ")) hang += 2;
  std::string line(indent, ' ');
  size_t used = 0;   // characters after the indent
  bool any = false;  // word in this line
  for (size_t at = 0; at < paragraph.size();) {
    size_t end = std::min(paragraph.find(' ', at), paragraph.size());
    std::string_view word = paragraph.substr(at, end - at);
    size_t size = character_count(word);
    if (any && indent + used + 1 + size > width) {
      out += line + "\n";
      line.assign(indent + hang, ' ');
      used = hang;
    } else if (any) {
      line += ' ';
      ++used;
    }
    line += word;
    used += size;
    any = true;
    at = end + 1;
  }
  out += line + "\n";
}

}  // namespace

std::string wrap(std::string_view text, size_t width, size_t indent, size_t hang) {
  std::string out;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    if (end == 0) {
      out += "\n";
    } else {
      wrap_paragraph(out, text.substr(0, end), width, indent, hang);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace detaudit::reports
