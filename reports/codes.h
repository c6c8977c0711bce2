#pragma once

#include <span>
#include <string_view>

#include "reports/diagnostic.h"

namespace detaudit::reports {

// What `detaudit explain` prints and docs/codes.md is generated from. A released code keeps its
// meaning.
struct Code {
  std::string_view code;  // "DET101"
  std::string_view name;  // "float-atomics"
  Severity severity;
  std::string_view what;     // what it means
  std::string_view why;      // why it matters
  std::string_view example;  // a minimal example
  std::string_view fix;
};

std::span<const Code> codes();
const Code* find_code(std::string_view code);  // null when unknown
std::string explain(const Code& code);
std::string codes_markdown();

}  // namespace detaudit::reports
