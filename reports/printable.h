#pragma once

#include <string>
#include <string_view>

namespace detaudit::reports {

// Names come from the subject and are hostile input to whatever shows them.

// `text` as valid UTF-8: every byte that is not part of a character becomes `\xNN`. Control
// characters stay: for formats that escape them themselves.
std::string valid_utf8(std::string_view text);

// As valid_utf8, and control characters and those that reorder or break lines are written out too
// (`\x1b`, `\u{202e}`): one line, safe to show on a terminal or a page.
std::string printable(std::string_view text);

// Characters, not bytes, of valid UTF-8: the columns it takes for scripts of single width.
size_t character_count(std::string_view text);

// The first `limit` characters of `text`, the last of them an ellipsis when any were cut.
std::string shortened(std::string_view text, size_t limit);

}  // namespace detaudit::reports
