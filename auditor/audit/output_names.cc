#include "auditor/audit/output_names.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace detaudit::auditor {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

OutputNames::OutputNames(const RunFacts& facts, const Workplace& workplace, const GivenNames* first)
    : first_(first), workplace_(workplace) {
  std::map<std::string, unsigned> made;
  for (const auto& source : facts.sources) {
    if (source.kind == instrument::SourceKind::kProcessNumber) {
      processes_.emplace(source.site, source.function);
    }
    if (source.kind != instrument::SourceKind::kNameMade || drawn_.contains(source.site)) continue;
    const unsigned number = ++made[source.function];
    drawn_[source.site] =
        number == 1 ? source.function : fmt::format("{} #{}", source.function, number);
  }
}

std::string OutputNames::name(const std::string& path) const {
  const std::string plain = plain_name(path);
  return processes_.empty() ? plain : followed(plain, without_numbers(plain));
}

std::string OutputNames::followed(const std::string& plain, const std::string& pattern) const {
  if (!first_ || first_->all.contains(plain)) return plain;
  const auto known = first_->numbered.find(pattern);
  return known == first_->numbered.end() ? plain : known->second;
}

void OutputNames::give(const std::string& path, GivenNames& given) const {
  const std::string plain = plain_name(path);
  const std::string pattern = processes_.empty() ? plain : without_numbers(plain);
  const std::string known = followed(plain, pattern);
  given.all.insert(known);
  if (pattern != plain) given.numbered.emplace(pattern, known);
}

std::string OutputNames::without_numbers(const std::string& name) const {
  std::string pattern;
  for (size_t at = 0; at < name.size();) {
    const auto end = std::find_if_not(name.begin() + static_cast<long>(at), name.end(), is_digit);
    const std::string digits(name.begin() + static_cast<long>(at), end);
    const auto process = processes_.find(digits);
    // No path has a null byte.
    pattern += digits.empty()                ? name.substr(at, 1)
               : process == processes_.end() ? digits
                                             : std::string(1, '\0') + process->second;
    at += std::max<size_t>(digits.size(), 1);
  }
  return pattern;
}

// The path, or the folder it is in, may have been drawn.
std::string OutputNames::plain_name(const std::string& path) const {
  if (drawn_.empty()) return workplace_.shown(path);
  for (std::filesystem::path at = path; at != at.root_path() && !at.empty();
       at = at.parent_path()) {
    const auto drawn = drawn_.find(at.string());
    if (drawn == drawn_.end()) continue;
    return workplace_.shown(plain_name(drawn->second) + path.substr(at.string().size()));
  }
  return workplace_.shown(path);
}

}  // namespace detaudit::auditor
