#include "auditor/scan/found_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "auditor/scan/source_kind.h"
#include "kernels/measured_costs.h"
#include "reports/codes.h"

namespace detaudit::auditor {
namespace {

using reports::ScanFinding;

void add_evidence(ScanFinding& finding, const std::vector<std::string>& facts) {
  for (const std::string& fact : facts) {
    if (std::find(finding.evidence.begin(), finding.evidence.end(), fact) ==
        finding.evidence.end()) {
      finding.evidence.push_back(fact);
    }
  }
}

// Costs were measured on CPUs: what a kernel of a GPU takes is not known.
std::optional<double> cost_of(const std::string& replacement, const std::string& file) {
  const SourceKind kind = source_kind(file);
  if (kind == SourceKind::kCuda || kind == SourceKind::kCudaHeader) return std::nullopt;
  return kernels::measured_cost(std::string_view(replacement).substr(0, replacement.find('/')));
}

}  // namespace

void FoundPlaces::add_file(const std::string& real_path, const std::string& shown) {
  shown_.emplace(real_path, shown);
}

void FoundPlaces::add(const ReadFinding& found) {
  if (shown_.contains(found.place.file)) return put(found, found.place, "");
  std::set<std::string> files;
  for (const ReadPlace& caller : found.callers) {
    if (!shown_.contains(caller.file) || !files.insert(caller.file).second) continue;
    put(found, caller,
        fmt::format("by way of `{}`, at {}:{}", found.place.function, found.place.file,
                    found.place.line));
  }
}

void FoundPlaces::put(const ReadFinding& found, const ReadPlace& place, const std::string& way) {
  const reports::Code* code = reports::find_code(found.code);
  if (code == nullptr) return;
  const auto [at, fresh] = found_.try_emplace({place.file, place.line, place.column, found.code});
  ScanFinding& finding = at->second;
  if (!way.empty()) add_evidence(finding, {way});
  add_evidence(finding, found.evidence);
  if (!fresh) return;
  finding.code = found.code;
  finding.severity = code->severity;
  finding.message = found.message;
  finding.label = found.label;
  finding.cause = found.cause;
  finding.proof = "inferred";
  finding.kernel = place.function;
  finding.call = found.call;
  finding.in_kernel = found.in_kernel && way.empty();
  finding.file = shown_.at(place.file);
  finding.location = reports::SourceLocation{finding.file, place.line, place.column, {}};
  finding.end_line = place.end_line;
  finding.end_column = place.end_column;
  finding.fix.summary = found.fix;
  finding.fix.replacement = found.replacement;
  finding.fix.cost_ratio = cost_of(found.replacement, place.file);
}

void FoundPlaces::move_into(reports::ScanReport& report) {
  for (auto& [key, finding] : found_) report.findings.push_back(std::move(finding));
  found_.clear();
}

}  // namespace detaudit::auditor
