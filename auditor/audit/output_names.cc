#include "auditor/audit/output_names.h"

#include <filesystem>
#include <fmt/format.h>

namespace detaudit::auditor {

OutputNames::OutputNames(const RunFacts& facts, const Workplace& workplace)
    : workplace_(workplace) {
  std::map<std::string, unsigned> made;
  for (const auto& source : facts.sources) {
    if (source.kind != instrument::SourceKind::kNameMade || drawn_.contains(source.site)) continue;
    const unsigned number = ++made[source.function];
    drawn_[source.site] =
        number == 1 ? source.function : fmt::format("{} #{}", source.function, number);
  }
}

// The path, or the folder it is in, may have been drawn.
std::string OutputNames::name(const std::string& path) const {
  if (drawn_.empty()) return workplace_.shown(path);
  for (std::filesystem::path at = path; at != at.root_path() && !at.empty(); at = at.parent_path()) {
    const auto drawn = drawn_.find(at.string());
    if (drawn == drawn_.end()) continue;
    return workplace_.shown(name(drawn->second) + path.substr(at.string().size()));
  }
  return workplace_.shown(path);
}

}  // namespace detaudit::auditor
