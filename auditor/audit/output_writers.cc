#include "auditor/audit/output_writers.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <set>

#include "auditor/audit/call_sites.h"
#include "auditor/audit/output_names.h"
#include "auditor/audit/script_lines.h"
#include "instrument/trace/first_write.h"
#include "rules/rule.h"

namespace detaudit::auditor {
namespace {

using instrument::SourceKind;
using instrument::SourceRecord;

constexpr size_t kShown = 4;

// One writing: where among the run's records, from which chunk on.
struct Writing {
  size_t record = 0;
  uint64_t chunk = 0;
  bool parted = false;  // it put out the first byte that differs
};

// "CHUNK PATH"
bool split(const std::string& text, uint64_t& chunk, std::string& path) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), chunk);
  if (error != std::errc() || end == text.data() + text.size()) return false;
  path = end + 1;
  return true;
}

// The names that what is at a path had before: it was written under one of them.
std::set<std::string> earlier_names(const RunFacts& facts, const std::string& path) {
  std::set<std::string> names = {path};
  for (auto source = facts.sources.rbegin(); source != facts.sources.rend(); ++source) {
    if (source->kind != SourceKind::kRenamed) continue;
    const std::set<std::string> known = names;
    for (const std::string& name : known) {
      if (name == source->function) {
        names.insert(source->site);
      } else if (name.starts_with(source->function + "/")) {
        names.insert(source->site + name.substr(source->function.size()));
      }
    }
  }
  return names;
}

class Search {
 public:
  Search(const ObservedRun& run, const ObservedRun& first, const Workplace& workplace)
      : run_(run),
        names_(run.facts, workplace, &run == &first ? nullptr : &first.outputs.names) {}

  std::vector<Writing> of(const std::string& output) const {
    std::vector<Writing> writings;
    const std::set<std::string> paths = paths_of(output);
    for (size_t i = 0; i < run_.facts.sources.size(); ++i) {
      const SourceRecord& source = run_.facts.sources[i];
      Writing writing{i, 0};
      std::string path;
      if (source.kind == SourceKind::kFirstWrite && split(source.function, writing.chunk, path) &&
          paths.contains(path)) {
        writings.push_back(writing);
      }
    }
    return writings;
  }

  std::set<std::string> paths_of(const std::string& output) const {
    if (output == "stdout") return {run_.result.stdout_pipe};
    if (output == "stderr") return {run_.result.stderr_pipe};
    for (const auto& source : run_.facts.sources) {
      if (source.kind == SourceKind::kFileWritten && names_.name(source.site) == output) {
        return earlier_names(run_.facts, source.site);
      }
    }
    return {};
  }

 private:
  const ObservedRun& run_;
  const OutputNames names_;
};

// Those who wrote in that chunk; else who began to write last before it.
std::vector<Writing> at_chunk(const std::vector<Writing>& writings, uint64_t chunk) {
  std::vector<Writing> found;
  uint64_t last = 0;
  for (const Writing& writing : writings) {
    if (writing.chunk <= chunk) last = std::max(last, writing.chunk);
  }
  std::copy_if(writings.begin(), writings.end(), std::back_inserter(found),
               [&](const Writing& writing) { return writing.chunk == last; });
  return found;
}

bool is_system_call(const std::string& call) {
  return call.starts_with("write") || call.starts_with("pwrite") || call.starts_with("splice") ||
         call.starts_with("sendfile") || call.starts_with("copy_file_range");
}

// Whether the places in stdout that calls counted are those at which their bytes came out: one
// process wrote, streams did not run beside system calls, and no two calls put out the same bytes.
bool are_sound(const std::vector<Writing>& writings, const RunFacts& facts) {
  std::map<uint64_t, uint64_t> ends;  // by where they begin
  for (const Writing& writing : writings) {
    const SourceRecord &source = facts.sources[writing.record],
                       &first = facts.sources[writings.front().record];
    const auto [offset, bytes] = instrument::unpack_first_write(source.count);
    if (source.process != first.process || bytes == 0 ||
        is_system_call(source.site) != is_system_call(first.site)) {
      return false;
    }
    ends[offset] = std::max(ends[offset], offset + bytes);
  }
  uint64_t end = 0;
  return std::all_of(ends.begin(), ends.end(), [&](const auto& range) {
    const bool apart = range.first >= end;
    end = range.second;
    return apart;
  });
}

// Where the stdout of a run parts from the first other run's that is not the same.
std::optional<uint64_t> difference_from_any(const ObservedRun& run,
                                            const std::vector<ObservedRun>& runs) {
  for (const ObservedRun& other : runs) {
    if (&other == &run) continue;
    if (const auto difference = first_difference(run, other)) return difference;
  }
  return std::nullopt;
}

// Those of a chunk, the one that put out the first byte that differs before the others, where its
// first writing did.
std::vector<Writing> by_difference(std::vector<Writing> shown, const RunFacts& facts,
                                   std::optional<uint64_t> difference) {
  if (!difference) return shown;
  for (auto writing = shown.begin(); writing != shown.end(); ++writing) {
    const auto [offset, bytes] =
        instrument::unpack_first_write(facts.sources[writing->record].count);
    if (*difference < offset || *difference >= offset + bytes) continue;
    writing->parted = true;
    std::rotate(shown.begin(), writing, writing + 1);
    break;
  }
  return shown;
}

bool is_source(const SourceRecord& source) {
  switch (source.kind) {
    case SourceKind::kEntropy:
    case SourceKind::kClock:
    case SourceKind::kPid:
    case SourceKind::kNetwork: return true;
    case SourceKind::kSystemRead:
      return source.site.starts_with("/") || source.site.find("SEED") != std::string::npos;
    default: return false;
  }
}

// What the writer's process read before that record, or after it; of another process, it is not
// known which.
enum class When { kBefore, kAfter, kElsewhere };
std::string sources_read(const RunFacts& facts, size_t record, When when) {
  std::string list;
  size_t all = 0;
  for (size_t i = 0; i < facts.sources.size(); ++i) {
    const SourceRecord& source = facts.sources[i];
    const bool here = source.process == facts.sources[record].process;
    if (!is_source(source) || when != (!here ? When::kElsewhere : i < record ? When::kBefore
                                                                             : When::kAfter)) {
      continue;
    }
    if (++all > kShown) continue;
    list += fmt::format("{}`{}` at {}", list.empty() ? "" : ", ", source.function, source.site);
  }
  if (all > kShown) list += fmt::format(", and {} more", all - kShown);
  return list;
}

OutputWriters describe(const std::vector<Writing>& writings, const RunFacts& facts,
                       Symbolizer& symbolizer) {
  OutputWriters result;
  const CallSites sites(facts, symbolizer);
  const std::vector<Writing>& shown = writings;
  for (size_t i = 0; i < std::min(shown.size(), kShown); ++i) {
    const SourceRecord& source = facts.sources[shown[i].record];
    const size_t at = source.site.find(" at ");
    if (at == std::string::npos) continue;
    const CallSites::Named place = sites.name(source.site.substr(at + 4));
    std::string line =
        fmt::format("written by `{}` at {}{}{}", source.site.substr(0, at), place.text,
                    source.step > 0 ? fmt::format(", first in step {}", source.step) : "",
                    shown[i].parted ? ": the first byte that differs" : "");
    if (result.lines.empty() || result.lines.back() != line) result.lines.push_back(std::move(line));
    // The source of somebody else's library is not here, and not where the way out is.
    std::error_code error;
    if (result.file.empty() && std::filesystem::is_regular_file(place.file, error)) {
      result.file = place.file;
      result.line = place.line;
    }
  }
  if (shown.size() > kShown) {
    result.lines.push_back(fmt::format("and at {} more places", shown.size() - kShown));
  }
  if (shown.empty()) return result;
  const size_t first = shown.front().record;
  const std::string before = sources_read(facts, first, When::kBefore);
  const std::string after = sources_read(facts, first, When::kAfter);
  const std::string elsewhere = sources_read(facts, first, When::kElsewhere);
  result.lines.push_back(before.empty() ? "nothing that varies was seen read before its first write"
                                        : "read before its first write: " + before);
  if (!after.empty()) result.lines.push_back("read after that: " + after);
  if (!elsewhere.empty()) result.lines.push_back("read in other processes: " + elsewhere);
  return result;
}

// The line of the script, which the interpreter's own calls do not show.
void add_script_line(const std::string& output, const std::vector<ObservedRun>& runs,
                     const ObservedRun& writer, const Search& search, OutputWriters& result) {
  std::optional<ScriptLine> line;
  const bool printed = output == "stdout";
  if (!printed) line = opened_at(writer.facts, search.paths_of(output));
  for (size_t i = 1; printed && i < runs.size() && !line; ++i) {
    line = printed_at(runs[0], runs[i]);
    if (!line) line = printed_at(runs[i], runs[0]);
  }
  if (!line) return;
  result.lines.insert(result.lines.begin(),
                      fmt::format("{} at {}:{}", printed ? "printed" : "opened to be written",
                                  line->file, line->line));
  result.file = line->file;
  result.line = line->line;
}

}  // namespace

OutputWriters writers_of(const OriginGroup& output, const std::vector<ObservedRun>& runs,
                         const Workplace& workplace, Symbolizer& symbolizer) {
  uint64_t chunk = 0;
  const std::string& key = output.first.key;
  std::from_chars(key.data(), key.data() + key.size(), chunk);
  for (const ObservedRun& run : runs) {
    const Search search(run, runs.front(), workplace);
    const std::vector<Writing> writings = search.of(output.first.op);
    if (writings.empty()) continue;
    const auto difference = output.first.op == "stdout" && are_sound(writings, run.facts)
                                ? difference_from_any(run, runs)
                                : std::nullopt;
    OutputWriters result =
        describe(by_difference(at_chunk(writings, chunk), run.facts, difference), run.facts,
                 symbolizer);
    add_script_line(output.first.op, runs, run, search, result);
    return result;
  }
  return {};
}

}  // namespace detaudit::auditor
