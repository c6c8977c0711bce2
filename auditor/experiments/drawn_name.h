#pragma once

#include <string_view>

namespace detaudit::auditor {

// Whether two paths may be one name with a number, a date or drawn letters in it: the same words
// between the same separators, but for words of one length or of digits alone, and one word in common.
bool maybe_one_name(std::string_view a, std::string_view b);

}  // namespace detaudit::auditor
