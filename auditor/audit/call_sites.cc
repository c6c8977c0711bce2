#include "auditor/audit/call_sites.h"

#include <sys/stat.h>

#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <set>
#include <sstream>

namespace detaudit::auditor {
namespace {

using instrument::SourceKind;

bool unchanged_since(const std::string& path, uint64_t written_ns) {
  struct stat facts;
  return stat(path.c_str(), &facts) == 0 &&
         static_cast<uint64_t>(facts.st_mtim.tv_sec) * 1'000'000'000 +
                 static_cast<uint64_t>(facts.st_mtim.tv_nsec) ==
             written_ns;
}

bool read_at_a_place(SourceKind kind) {
  return kind == SourceKind::kEntropy || kind == SourceKind::kClock || kind == SourceKind::kPid ||
         kind == SourceKind::kThreadBirth;
}

// A function without what it takes: that is long, and the line says it.
std::string short_name(const std::string& function) {
  const size_t bracket = function.find('(', 1);
  if (function.starts_with("operator")) return function;
  const bool anonymous = function.find("(anonymous namespace)") != std::string::npos;
  return bracket == std::string::npos || anonymous ? function : function.substr(0, bracket);
}

}  // namespace

CallSites::CallSites(const RunFacts& facts, Symbolizer& symbolizer) : symbolizer_(symbolizer) {
  std::set<std::string> ambiguous;
  for (const auto& source : facts.sources) {
    if (source.kind != SourceKind::kModule || !unchanged_since(source.site, source.count)) continue;
    const auto [entry, added] = paths_.try_emplace(source.function, source.site);
    if (!added && entry->second != source.site) ambiguous.insert(source.function);
  }
  for (const std::string& module : ambiguous) paths_.erase(module);
}

CallSites::Named CallSites::name(const std::string& sites) const {
  std::istringstream list(sites);
  std::optional<Named> first;
  for (std::string site; list >> site;) {
    Named named = name_one(site);
    if (!named.file.empty() && !named.file.starts_with("/usr/")) return named;
    if (!first) first = std::move(named);
  }
  return first.value_or(Named{sites, {}, 0});
}

CallSites::Named CallSites::name_one(const std::string& site) const {
  Named named{site, {}, 0};
  const size_t plus = site.rfind("+0x");
  const auto path = paths_.find(site.substr(0, plus));
  uint64_t offset = 0;
  if (plus == std::string::npos || path == paths_.end() ||
      std::from_chars(site.data() + plus + 3, site.data() + site.size(), offset, 16).ec !=
          std::errc() ||
      offset == 0) {
    return named;
  }
  // A return address: the call is before it.
  const auto place = symbolizer_.find(path->second, offset - 1);
  if (!place) return named;
  if (place->file.empty()) {
    named.text = fmt::format("{} ({})", site, short_name(place->function));
    return named;
  }
  named.file = place->file;
  named.line = place->line;
  named.text = fmt::format("{}:{}", std::filesystem::path(place->file).filename().string(),
                           place->line);
  if (!place->function.empty()) named.text += " (" + short_name(place->function) + ")";
  return named;
}

void name_call_sites(RunFacts& facts, Symbolizer& symbolizer) {
  const CallSites sites(facts, symbolizer);
  for (auto& source : facts.sources) {
    if (read_at_a_place(source.kind)) source.site = sites.name(source.site).text;
  }
}

}  // namespace detaudit::auditor
