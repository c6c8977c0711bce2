#pragma once

#include <string>
#include <string_view>

namespace detaudit::reports {

// `text` broken at spaces into lines of at most `width` characters (a longer word stands alone),
// each after `indent` spaces, further lines of a paragraph after `hang` more; newline at the end.
// Items that begin with "- " hang by two.
std::string wrap(std::string_view text, size_t width, size_t indent, size_t hang = 0);

}  // namespace detaudit::reports
