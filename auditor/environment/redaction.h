#pragma once

#include <string>
#include <string_view>

namespace detaudit::auditor {

inline constexpr const char* kRedacted = "(redacted)";

// `value` of the environment variable `name`, without what looks like a secret: all of it when the
// name says so (API_KEY, ..._TOKEN) or it has the shape of a known token, the credentials of each
// URL in it otherwise. Rather too much than too little.
std::string redacted(std::string_view name, std::string_view value);

}  // namespace detaudit::auditor
