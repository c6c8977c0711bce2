#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "auditor/symbols/symbolizer.h"
#include "instrument/trace/event.h"

namespace detaudit::auditor {

// A place in a program: lines of a source, a kernel, or both.
struct Place {
  std::filesystem::path file;  // its real path; empty: in compiled code
  unsigned first_line = 0, last_line = 0;
  std::string symbol;    // of a kernel in compiled code
  std::string function;  // of CUDA C++: without its namespaces and parameters, as a kernel is known
};

// What traces show of one place.
struct PlaceRecords {
  std::map<uint64_t, std::string> events;  // identities of those recorded there, and their ops
  bool cut = false;                        // there are more: kMostEvents were taken
  std::set<instrument::SourceKind>
      sources;            // read there: entropy, a clock, an order that nothing fixes
  bool launched = false;  // the kernel
  bool any() const { return !events.empty() || !sources.empty() || launched; }
};
inline constexpr size_t kMostEvents = 65536;

// What the traces of an audit's runs show of places, and of their own sight.
class TracePlaces {
 public:
  // `directory`: where the audit ran; names of files are relative to it. `audit`: its own folder,
  // by which copies of the directory that it ran in are known.
  TracePlaces(const std::vector<Place>& places, std::filesystem::path directory,
              std::filesystem::path audit);

  // Adds a run's trace. Throws exit 2 (DET904) for one that cannot be read.
  void add(const std::filesystem::path& run);

  const std::vector<PlaceRecords>& records() const { return records_; }
  // Of the files that were asked about: anything at all was recorded in it.
  bool knows(const std::filesystem::path& file) const { return known_.contains(file); }
  // When the oldest of the modules was written whose code the lines of a source were seen in;
  // nothing where none was.
  std::optional<std::time_t> built(const std::filesystem::path& file) const;
  // The modules that the lines of a source were seen in.
  std::set<std::string> modules(const std::filesystem::path& file) const;
  // Of all that runs read of this kind, nothing was read elsewhere.
  bool is_only_source(size_t place, instrument::SourceKind kind) const;
  // Anything of this kind was read in a run, wherever.
  bool read_any(instrument::SourceKind kind) const { return sites_.contains(kind); }
  // Python's adapters were at work.
  bool saw_python() const { return python_; }
  // Why a thing without a record may have happened all the same; empty: it did not.
  const std::set<std::string>& gaps() const { return gaps_; }
  const std::set<std::string>& gpu_gaps() const { return gpu_gaps_; }

 private:
  class Run;

  std::string original(const std::string& path) const;  // of what was copied
  // A name in a trace as one of the files that were asked about, or null.
  const std::filesystem::path* asked(const std::string& name);
  template <typename Visit>
  void at_line(const std::filesystem::path& file, unsigned line, Visit visit);

  const std::vector<Place>& places_;
  const std::filesystem::path directory_, audit_;
  std::vector<PlaceRecords> records_;
  std::map<std::filesystem::path, std::vector<size_t>> by_file_;
  std::map<std::string, const std::filesystem::path*> names_;
  std::set<std::filesystem::path> known_;
  std::map<std::filesystem::path, std::time_t> built_;
  std::map<std::filesystem::path, std::set<std::string>> modules_;
  std::set<std::string> gaps_, gpu_gaps_;
  bool python_ = false;
  std::map<instrument::SourceKind, std::set<std::string>> sites_;        // of all that was read
  std::map<size_t, std::map<instrument::SourceKind, size_t>> sites_at_;  // how many, by place
  Symbolizer symbolizer_;
};

}  // namespace detaudit::auditor
