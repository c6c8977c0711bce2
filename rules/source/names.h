#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace detaudit::rules::source {

template <size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// "back" of "std::vector::back".
inline std::string_view last_name(std::string_view name) {
  const size_t at = name.rfind("::");
  return at == name.npos ? name : name.substr(at + 2);
}

}  // namespace detaudit::rules::source
