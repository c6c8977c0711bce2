#include "auditor/experiments/drawn_name.h"

#include <algorithm>

namespace detaudit::auditor {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Letters that names are drawn from: those of mkstemp, and of Python's tempfile.
bool in_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::string_view take(std::string_view& rest, bool word) {
  const auto end = std::find_if(rest.begin(), rest.end(), [&](char c) { return in_word(c) != word; });
  const auto taken = rest.substr(0, static_cast<size_t>(end - rest.begin()));
  rest.remove_prefix(taken.size());
  return taken;
}

bool all_digits(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), is_digit);
}

}  // namespace

bool maybe_one_name(std::string_view a, std::string_view b) {
  bool any_in_common = false;
  while (!a.empty() && !b.empty()) {
    if (take(a, false) != take(b, false)) return false;
    const std::string_view ours = take(a, true), theirs = take(b, true);
    any_in_common |= !ours.empty() && ours == theirs;
    if (ours.size() != theirs.size() && !(all_digits(ours) && all_digits(theirs))) return false;
  }
  return a.empty() && b.empty() && any_in_common;
}

}  // namespace detaudit::auditor
