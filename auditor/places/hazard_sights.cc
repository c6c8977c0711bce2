#include "auditor/places/hazard_sights.h"

#include <sys/stat.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>
#include <string_view>
#include <utility>

#include "auditor/audit/kernel_name.h"
#include "auditor/places/audited_places.h"
#include "auditor/scan/reading_cache.h"
#include "auditor/scan/source_kind.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using reports::HazardSight;
using reports::ReportFinding;
using reports::ScanFinding;
using reports::Sight;

// Calls that an adapter records at their line whenever they happen: without a seed, they ask for
// entropy where NumPy's and `random`'s adapters stand, which see seeds that are given too.
constexpr std::array<std::string_view, 11> kAlwaysRecorded = {
    "numpy.random.default_rng", "numpy.random.RandomState", "numpy.random.SeedSequence",
    "numpy.random.PCG64",       "numpy.random.PCG64DXSM",   "numpy.random.MT19937",
    "numpy.random.Philox",      "numpy.random.SFC64",       "numpy.random.seed",
    "random.Random",            "random.seed"};

// What the C library's probe records of every process that it is in, from wherever it is called.
// Not std::random_device, which a program may have in it.
using Read = instrument::SourceKind;
constexpr std::array<std::pair<std::string_view, Read>, 15> kAlwaysRead = {{
    {"getrandom", Read::kEntropy},
    {"getentropy", Read::kEntropy},
    {"arc4random", Read::kEntropy},
    {"arc4random_buf", Read::kEntropy},
    {"arc4random_uniform", Read::kEntropy},
    {"time", Read::kClock},
    {"std::time", Read::kClock},
    {"clock", Read::kClock},
    {"std::clock", Read::kClock},
    {"clock_gettime", Read::kClock},
    {"gettimeofday", Read::kClock},
    {"timespec_get", Read::kClock},
    {"times", Read::kClock},
    {"getrusage", Read::kClock},
    {"getpid", Read::kPid},
}};

bool is_cuda(const fs::path& file) {
  const SourceKind kind = source_kind(file);
  return kind == SourceKind::kCuda || kind == SourceKind::kCudaHeader;
}

bool is_script(const ScanFinding& hazard) {
  return is_source(hazard) && source_kind(hazard.file) == SourceKind::kPython;
}

std::optional<Read> always_read(const ScanFinding& hazard) {
  if (!is_source(hazard) || is_script(hazard)) return std::nullopt;
  const std::string_view call = hazard.call;
  if (call.starts_with("std::chrono::") && call.ends_with("::now")) return Read::kClock;
  const auto found = std::find_if(kAlwaysRead.begin(), kAlwaysRead.end(),
                                  [&](const auto& each) { return each.first == call; });
  return found == kAlwaysRead.end() ? std::nullopt : std::optional(found->second);
}

Place place_of(const ScanFinding& hazard) {
  Place place;
  place.symbol = hazard.symbol;
  if (!is_source(hazard)) return place;
  std::error_code error;
  place.file = fs::canonical(hazard.file, error);
  place.first_line = hazard.location->line;
  place.last_line = std::max(hazard.location->line, hazard.end_line);
  if (is_cuda(place.file)) place.function = base_name(hazard.kernel);
  return place;
}

std::time_t written(const fs::path& file) {
  struct stat facts {};
  return stat(file.c_str(), &facts) == 0 ? facts.st_mtim.tv_sec : 0;
}

std::time_t seconds_of(const std::string& iso_utc) {
  std::tm time{};
  return strptime(iso_utc.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time) == nullptr ? 0 : timegm(&time);
}

std::string fact(const reports::Report& report, const std::string& name) {
  const auto found = report.environment.find(name);
  return found == report.environment.end() ? "" : found->second;
}

// Whether a file is still what the audit ran: by the digest of a program or script, else by when it
// was written. Of what was compiled, a source that is newer than the program is not what ran.
class Freshness {
 public:
  explicit Freshness(const AuditedPlaces& audit)
      : audit_(audit), report_(audit.report), started_(seconds_of(audit.report.started)) {}

  // Why it is not; empty where nothing speaks against it.
  std::string stale(const fs::path& file, const std::string& shown) {
    for (const std::string what : {"program.script", "program.path"}) {
      const bool script = what == "program.script";
      const std::string digest = fact(report_, script ? "program.script_digest" : "program.digest");
      if (fact(report_, what) != file.string() || digest.size() != 32) continue;
      const auto now = digests_.of_file(file.string());
      if (now && kernels::to_hex(*now) == digest) return "";
      return fmt::format("`{}` has changed since: its digest is another", shown);
    }
    if (written(file) > started_) return fmt::format("`{}` was written since", shown);
    const SourceKind kind = source_kind(file);
    const bool compiled = kind != SourceKind::kNone && kind != SourceKind::kPython;
    return compiled && written(file) > built(file)
               ? fmt::format("`{}` is newer than the program that ran", shown)
               : "";
  }

 private:
  // When what ran of a source was built; of a module of Python's that shows no line of it, and of a
  // program that was built again since, that is not known.
  std::time_t built(const fs::path& file) const {
    if (const auto found = audit_.built.find(file); found != audit_.built.end())
      return found->second;
    const std::time_t program = written(fact(report_, "binary.path"));
    const bool script = report_.environment.contains("python.version");
    return script || program > started_ ? started_ : program;
  }

  const AuditedPlaces& audit_;
  const reports::Report& report_;
  std::time_t started_;
  FileDigests digests_;
};

// The audit's findings about one place, by whether they can be about this hazard.
struct FindingsThere {
  std::vector<std::string> alike, others;
  std::string other_cause;
};

bool may_be_about(const ReportFinding& finding, const ScanFinding& hazard) {
  return finding.cause == hazard.cause || finding.cause == "unknown";
}

FindingsThere findings_there(const ScanFinding& hazard, const PlaceSeen& seen,
                             const reports::Report& report) {
  FindingsThere there;
  for (const ReportFinding& finding : report.findings) {
    if (!seen.located.contains(finding.id) && !seen.parted.contains(finding.op) &&
        !seen.came_of_it.contains(finding.id)) {
      continue;
    }
    if (may_be_about(finding, hazard)) {
      there.alike.push_back(finding.id);
    } else {
      there.others.push_back(finding.id);
      there.other_cause = finding.cause;
    }
  }
  return there;
}

// Of a place that ran and where nothing was seen to part for the hazard's cause: what keeps one
// from saying that it did not. Of a source that was read, what became of it is seen elsewhere.
std::string doubt(const ScanFinding& hazard, const PlaceSeen& seen, const FindingsThere& there,
                  const reports::Report& report, std::vector<std::string>& findings) {
  if (!there.others.empty()) {
    findings = there.others;
    return fmt::format("what diverged there ({}) has the cause {}", fmt::join(there.others, ", "),
                       there.other_cause);
  }
  if (!seen.parted.empty()) return "it diverged there, for a cause that no finding tells";
  if (seen.unpaired > 0) return "not in every run";
  if (seen.untested > 0) return "its inputs differed already, so that it was not tested";
  if (!seen.all_compared) {
    return fmt::format("its first {} events agree, the others were not looked at", kMostEvents);
  }
  if (seen.agreed > 0) return "";
  for (const ReportFinding& finding : report.findings) {
    if (may_be_about(finding, hazard)) findings.push_back(finding.id);
  }
  if (!findings.empty()) {
    return fmt::format("whether {} came of it is not known", fmt::join(findings, ", "));
  }
  if (report.runs.size() < 2) return "one run is compared with nothing";
  return is_source(hazard) && !is_cuda(hazard.file) ? "" : "none of its launches was compared";
}

// Its lines were seen in the program itself alone: what libraries do as they are loaded may come
// before the probe.
bool is_of_program(const Place& place, const AuditedPlaces& audit) {
  const auto modules = audit.modules.find(place.file);
  return modules != audit.modules.end() && modules->second.size() == 1 &&
         *modules->second.begin() == fact(audit.report, "binary.path");
}

std::string first_of(const std::set<std::string>& texts) {
  return texts.empty() ? "" : *texts.begin();
}

// Why nothing follows from the absence of records; empty: it did not run.
std::string why_not_seen(const ScanFinding& hazard, const Place& place,
                         const AuditedPlaces& audit) {
  if (!audit.traced) return "its traces are gone";
  if (!place.symbol.empty() || hazard.in_kernel) return first_of(audit.gpu_gaps);
  if (!place.function.empty()) return "which kernels call that function is not recorded";
  const bool recorded = std::find(kAlwaysRecorded.begin(), kAlwaysRecorded.end(), hazard.call) !=
                        kAlwaysRecorded.end();
  const bool part_of_it = audit.known.contains(place.file) ||
                          fact(audit.report, "program.script") == place.file.string();
  if (!part_of_it) return fmt::format("nothing was recorded in `{}`", hazard.file);
  const auto kind = always_read(hazard);
  if (kind && !audit.read.contains(*kind) && is_of_program(place, audit)) {
    return first_of(audit.gaps);
  }
  if (!is_script(hazard) || !recorded) return "what happens there leaves no record of its own";
  if (!audit.saw_python) return "no adapter of Python's was at work";
  return first_of(audit.gaps);
}

HazardSight judge(const ScanFinding& hazard, const Place& place, const PlaceSeen& seen,
                  const AuditedPlaces& audit, Freshness& freshness) {
  HazardSight sight;
  const fs::path file = place.file.empty() ? fs::path(hazard.file) : place.file;
  std::error_code error;
  sight.why = freshness.stale(fs::canonical(file, error), hazard.file);
  if (!sight.why.empty()) return sight;
  const FindingsThere there = findings_there(hazard, seen, audit.report);
  if (!there.alike.empty()) {
    sight.sight = Sight::kDiverged;
    sight.findings = there.alike;
  } else if (seen.ran) {
    sight.sight = Sight::kRan;
    sight.why = doubt(hazard, seen, there, audit.report, sight.findings);
  } else {
    sight.why = why_not_seen(hazard, place, audit);
    if (sight.why.empty()) sight.sight = Sight::kDidNotRun;
  }
  return sight;
}

}  // namespace

void add_sights(reports::ScanReport& report, const Store& store, const std::string& id) {
  std::vector<Place> places;
  for (const ScanFinding& hazard : report.findings) places.push_back(place_of(hazard));
  const AuditedPlaces audit = audited_places(store, id, places);
  Freshness freshness(audit);
  for (size_t i = 0; i < places.size(); ++i) {
    report.findings[i].sight =
        judge(report.findings[i], places[i], audit.seen[i], audit, freshness);
  }
  report.audit = reports::ScanAudit{id, audit.report.verdict};
}

}  // namespace detaudit::auditor
