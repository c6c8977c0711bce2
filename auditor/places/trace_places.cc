#include "auditor/places/trace_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>

#include "auditor/audit/call_sites.h"
#include "auditor/audit/gpu_coverage.h"
#include "auditor/audit/kernel_name.h"
#include "auditor/launch/workplace.h"
#include "instrument/trace/reader.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using instrument::Event;
using instrument::SourceKind;
using instrument::SourceRecord;

struct Line {
  std::string file;
  unsigned line = 0;
};

// "train.py:12", as adapters of Python write it.
std::optional<Line> script_line(const std::string& site) {
  const size_t colon = site.rfind(':');
  Line place;
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  const char* end = site.data() + site.size();
  if (std::from_chars(site.data() + colon + 1, end, place.line).ptr != end) return std::nullopt;
  place.file = site.substr(0, colon);
  return place;
}

bool is_read_at_a_place(SourceKind kind) {
  return kind == SourceKind::kEntropy || kind == SourceKind::kClock || kind == SourceKind::kPid ||
         kind == SourceKind::kThreadBirth || kind == SourceKind::kAdapterUnordered;
}

bool is_of_gpu(std::string_view lane) {
  const size_t colon = lane.find(':');
  return colon != lane.npos && lane.substr(colon + 1).starts_with("gpu");
}

bool is_kernel(const Place& place, const std::string& symbol) {
  return place.symbol.empty()
             ? !place.function.empty() && place.function == kernel_name(symbol).base
             : place.symbol == symbol;
}

}  // namespace

// One run's trace while it is read.
class TracePlaces::Run {
 public:
  Run(TracePlaces& places, const fs::path& directory) : places_(places), reader_(directory) {}

  void read() {
    while (const Event* event = reader_.next()) {
      add_at_line(*event);
      add_of_kernel(*event);
    }
    RunFacts facts;
    facts.sources = reader_.sources();
    for (SourceRecord& source : facts.sources) {
      if (source.kind == SourceKind::kModule) source.site = places_.original(source.site);
    }
    const CallSites sites(facts, places_.symbolizer_);
    for (const SourceRecord& source : facts.sources) {
      if (is_read_at_a_place(source.kind)) add_source(source, sites);
      if (source.kind == SourceKind::kKernelCode) launched(source.site);
      note_sight(source);
      // Names that the C library draws come of the same entropy.
      if (source.kind == SourceKind::kNameMade)
        places_.sites_[SourceKind::kEntropy].insert(source.site);
    }
    note_end();
    note_gpu(facts);
  }

 private:
  void add(size_t place, const Event& event) {
    PlaceRecords& records = places_.records_[place];
    if (records.events.size() < kMostEvents) {
      records.events.emplace(reader_.identity(event), reader_.text(event.op));
    } else {
      records.cut = true;
    }
  }

  void add_at_line(const Event& event) {
    if (event.file == 0) return;
    const auto [entry, fresh] = files_.try_emplace(event.file, nullptr);
    if (fresh) entry->second = places_.asked(std::string(reader_.text(event.file)));
    if (entry->second == nullptr) return;
    places_.at_line(*entry->second, event.line, [&](size_t place) { add(place, event); });
  }

  void add_of_kernel(const Event& event) {
    if (!is_of_gpu(reader_.lane_name(event.lane))) return;
    const auto [entry, fresh] = kernels_.try_emplace(event.op);
    if (fresh) entry->second = launched(std::string(reader_.text(event.op)));
    for (const size_t place : entry->second) add(place, event);
  }

  // The places that are this kernel.
  std::vector<size_t> launched(const std::string& symbol) {
    std::vector<size_t> found;
    for (size_t i = 0; i < places_.places_.size(); ++i) {
      if (!is_kernel(places_.places_[i], symbol)) continue;
      places_.records_[i].launched = true;
      found.push_back(i);
    }
    return found;
  }

  void add_source(const SourceRecord& source, const CallSites& sites) {
    const CallSites::Named named = sites.name(source.site);
    std::optional<Line> place;
    if (!named.file.empty()) {
      place = Line{named.file, named.line};
    } else {
      place = script_line(source.site);
    }
    const bool fresh = places_.sites_[source.kind].insert(source.site).second;
    const fs::path* file = place ? places_.asked(place->file) : nullptr;
    if (file == nullptr) return;
    if (!named.file.empty()) note_built(*file, source.site);
    places_.at_line(*file, place->line, [&](size_t at) {
      places_.records_[at].sources.insert(source.kind);
      if (fresh) ++places_.sites_at_[at][source.kind];
    });
  }

  // Of the modules that a site names, whichever the line is in.
  void note_built(const fs::path& file, const std::string& site) {
    for (SourceRecord module : reader_.sources()) {
      module.site = places_.original(module.site);
      if (module.kind != SourceKind::kModule || site.find(module.function + "+0x") == site.npos)
        continue;
      places_.modules_[file].insert(module.site);
      const auto written = static_cast<std::time_t>(module.count / 1'000'000'000);
      const auto [entry, fresh] = places_.built_.try_emplace(file, written);
      if (!fresh) entry->second = std::min(entry->second, written);
    }
  }

  void note_sight(const SourceRecord& source) {
    if (source.kind == SourceKind::kAdapter) {
      places_.python_ |= source.function == "adapter";
    } else if (source.kind == SourceKind::kAdapterUnseen) {
      places_.gaps_.insert("Python's adapters could not see " + source.function);
    } else if (source.kind == SourceKind::kUnseenProcess ||
               (source.kind == SourceKind::kWatchedProcess &&
                fs::path(source.site).filename().string().starts_with("python"))) {
      places_.gaps_.insert(fmt::format("no probe was inside of `{}`", source.site));
    }
  }

  void note_end() {
    const instrument::TraceSummary summary = reader_.summary();
    if (summary.state != instrument::TraceState::kFinished) both("a run did not end well");
    if (summary.dropped > 0 || summary.damaged_bytes > 0) both("a run's trace is lossy");
  }

  void both(const std::string& gap) {
    places_.gaps_.insert(gap);
    places_.gpu_gaps_.insert(gap);
  }

  // What a graph executes is not always told kernel by kernel.
  void note_gpu(const RunFacts& facts) {
    const GpuCoverage coverage = gpu_coverage({}, facts);
    if (!coverage.used) places_.gpu_gaps_.insert("a run used no GPU that was seen");
    if (coverage.blind) places_.gpu_gaps_.insert("the GPU could not be observed");
    places_.gpu_gaps_.insert(coverage.unseen.begin(), coverage.unseen.end());
    for (const SourceRecord& source : facts.sources) {
      if (source.kind == SourceKind::kCoverage && source.function == "graph launches") {
        places_.gpu_gaps_.insert("graphs were launched, whose kernels are not all told");
      }
    }
  }

  TracePlaces& places_;
  instrument::TraceReader reader_;
  std::unordered_map<uint32_t, const fs::path*> files_;        // by text of the name
  std::unordered_map<uint32_t, std::vector<size_t>> kernels_;  // places, by text of the op
};

TracePlaces::TracePlaces(const std::vector<Place>& places, fs::path directory, fs::path audit)
    : places_(places),
      directory_(std::move(directory)),
      audit_(std::move(audit)),
      records_(places.size()) {
  for (size_t i = 0; i < places.size(); ++i) {
    if (!places[i].file.empty()) by_file_[places[i].file].push_back(i);
  }
}

void TracePlaces::add(const fs::path& run) { Run(*this, run).read(); }

std::optional<std::time_t> TracePlaces::built(const fs::path& file) const {
  const auto found = built_.find(file);
  return found == built_.end() ? std::nullopt : std::optional(found->second);
}

std::string TracePlaces::original(const std::string& path) const {
  return audit_.empty() ? path : out_of_copy(path, directory_, audit_);
}

std::set<std::string> TracePlaces::modules(const fs::path& file) const {
  const auto found = modules_.find(file);
  return found == modules_.end() ? std::set<std::string>() : found->second;
}

bool TracePlaces::is_only_source(size_t place, SourceKind kind) const {
  const auto here = sites_at_.find(place);
  const auto all = sites_.find(kind);
  if (here == sites_at_.end() || all == sites_.end()) return false;
  const auto count = here->second.find(kind);
  return count != here->second.end() && count->second == all->second.size();
}

const fs::path* TracePlaces::asked(const std::string& name) {
  const auto [entry, fresh] = names_.try_emplace(name, nullptr);
  if (!fresh) return entry->second;
  std::error_code error;
  const fs::path real = fs::canonical(original((directory_ / name).string()), error);
  const auto file = error ? by_file_.end() : by_file_.find(real);
  if (file == by_file_.end()) return nullptr;
  known_.insert(file->first);
  return entry->second = &file->first;
}

template <typename Visit>
void TracePlaces::at_line(const fs::path& file, unsigned line, Visit visit) {
  for (const size_t place : by_file_.at(file)) {
    if (line >= places_[place].first_line && line <= places_[place].last_line) visit(place);
  }
}

}  // namespace detaudit::auditor
