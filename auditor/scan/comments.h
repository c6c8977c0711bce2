#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace detaudit::auditor {

// A comment of a source, without its marks.
struct Comment {
  unsigned line = 0, column = 0;  // of its first mark; columns count bytes from 1
  bool alone = false;             // nothing else stands on its line before it
  std::string_view text;
};

enum class CommentSyntax { kC, kPython };

// Every comment of `text`, in order; marks within strings begin none. A comment over several lines
// counts as one a line.
std::vector<Comment> comments_of(std::string_view text, CommentSyntax syntax);

}  // namespace detaudit::auditor
