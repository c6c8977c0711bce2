#include "auditor/scan/shell_split.h"

namespace detaudit::auditor {

std::vector<std::string> shell_split(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool begun = false;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char byte = text[i];
    if (quote == 0 && (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r')) {
      if (begun) words.push_back(std::move(word));
      word.clear();
      begun = false;
      continue;
    }
    begun = true;
    if (byte == '\\' && quote != '\'' && i + 1 < text.size()) {
      // Between double quotes a backslash stands for itself before all but a few.
      const char next = text[i + 1];
      if (quote == '"' && next != '"' && next != '\\' && next != '$' && next != '`') word += byte;
      word += text[++i];
    } else if (quote == 0 && (byte == '"' || byte == '\'')) {
      quote = byte;
    } else if (byte == quote) {
      quote = 0;
    } else {
      word += byte;
    }
  }
  if (begun) words.push_back(std::move(word));
  return words;
}

}  // namespace detaudit::auditor
