#include "auditor/scan/comments.h"

#include <algorithm>

namespace detaudit::auditor {
namespace {

bool is_word(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || byte == '_';
}

class Lexer {
 public:
  Lexer(std::string_view text, CommentSyntax syntax) : text_(text), syntax_(syntax) {}

  std::vector<Comment> run() {
    while (at_ < text_.size()) {
      if (text_[at_] == '\n') {
        begin_line();
      } else if (syntax_ == CommentSyntax::kC ? !c_token() : !python_token()) {
        blank_ &= text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r';
        ++at_;
      }
    }
    return std::move(comments_);
  }

 private:
  bool sees(std::string_view mark) const { return text_.substr(at_).starts_with(mark); }

  void begin_line() {
    ++line_;
    line_begin_ = ++at_;
    blank_ = true;
  }

  void advance_to(size_t end) {
    while (at_ < end) text_[at_] == '\n' ? begin_line() : static_cast<void>(++at_);
  }

  bool c_token() {
    if (sees("//")) return line_comment(2);
    if (sees("/*")) return block_comment();
    if (text_[at_] == '"') return is_raw() ? raw_string() : string(1, true);
    // A digit separator is no quotation.
    if (text_[at_] == '\'' && (at_ == 0 || !is_word(text_[at_ - 1]))) return string(1, true);
    return false;
  }

  bool python_token() {
    if (text_[at_] == '#') return line_comment(1);
    if (sees("\"\"\"") || sees("'''")) return string(3, false);
    if (text_[at_] == '"' || text_[at_] == '\'') return string(1, true);
    return false;
  }

  void add(size_t begin, size_t end) {
    comments_.push_back({line_, static_cast<unsigned>(at_ - line_begin_) + 1, blank_,
                         text_.substr(begin, end - begin)});
  }

  bool line_comment(size_t mark) {
    const size_t end = std::min(text_.find('\n', at_), text_.size());
    add(at_ + mark, end);
    at_ = end;
    return true;
  }

  bool block_comment() {
    const size_t close = text_.find("*/", at_ + 2);
    const size_t last = close == std::string_view::npos ? text_.size() : close;
    for (size_t begin = at_ + 2;;) {
      const size_t end = std::min(text_.find('\n', begin), last);
      add(begin, end);
      if (end == last) break;
      advance_to(end + 1);
      begin = at_;
    }
    at_ = std::min(last + 2, text_.size());
    return true;
  }

  // Up to the quotation marks that opened it, or where they may not cross lines to the line's end.
  bool string(size_t marks, bool one_line) {
    blank_ = false;
    const std::string_view quote = text_.substr(at_, marks);
    size_t end = at_ + marks;
    while (end < text_.size() && !text_.substr(end).starts_with(quote)) {
      if (one_line && text_[end] == '\n') break;
      end += text_[end] == '\\' ? 2 : 1;
    }
    const bool closed = end < text_.size() && text_[end] != '\n';
    advance_to(std::min(closed || !one_line ? end + marks : end, text_.size()));
    blank_ = false;
    return true;
  }

  bool is_raw() const {
    if (at_ == 0 || text_[at_ - 1] != 'R') return false;
    size_t begin = at_ - 1;
    while (begin > 0 && is_word(text_[begin - 1])) --begin;
    const std::string_view prefix = text_.substr(begin, at_ - begin);
    return prefix == "R" || prefix == "LR" || prefix == "uR" || prefix == "UR" || prefix == "u8R";
  }

  bool raw_string() {
    blank_ = false;
    const size_t open = std::min(text_.find('(', at_), text_.size() - 1);
    const std::string close = ")" + std::string(text_.substr(at_ + 1, open - at_ - 1)) + "\"";
    const size_t end = text_.find(close, open);
    advance_to(end == std::string_view::npos ? text_.size() : end + close.size());
    blank_ = false;
    return true;
  }

  std::string_view text_;
  CommentSyntax syntax_;
  size_t at_ = 0, line_begin_ = 0;
  unsigned line_ = 1;
  bool blank_ = true;  // so far, on this line
  std::vector<Comment> comments_;
};

}  // namespace

std::vector<Comment> comments_of(std::string_view text, CommentSyntax syntax) {
  return Lexer(text, syntax).run();
}

}  // namespace detaudit::auditor
