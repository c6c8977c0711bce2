#pragma once

#include <string>

#include "reports/diagnostic.h"

namespace detaudit::reports {

// Puts text in a terminal's colours when colour was asked for. The text itself says the same.
class Painter {
 public:
  explicit Painter(Colour colour) : on_(colour == Colour::kAlways) {}
  std::string bold(const std::string& text) const { return paint("1", text); }
  std::string frame(const std::string& text) const { return paint("1;34", text); }
  std::string good(const std::string& text) const { return paint("1;32", text); }
  std::string doubtful(const std::string& text) const { return paint("1;33", text); }
  std::string bad(const std::string& text) const { return paint("1;31", text); }
  std::string severity(Severity severity, const std::string& text) const {
    switch (severity) {
      case Severity::kError:
        return bad(text);
      case Severity::kWarning:
        return doubtful(text);
      case Severity::kNote:
        return good(text);
    }
    return text;
  }

 private:
  std::string paint(const char* sgr, const std::string& text) const {
    return on_ && !text.empty() ? std::string("\x1b[") + sgr + "m" + text + "\x1b[0m" : text;
  }
  bool on_;
};

}  // namespace detaudit::reports
