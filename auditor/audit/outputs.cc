#include "auditor/audit/outputs.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>

#include "auditor/audit/file_chunks.h"
#include "auditor/experiments/word_sums.h"
#include "instrument/trace/writer.h"
#include "reports/diagnostic.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;
using instrument::Event;
using instrument::EventKind;
using instrument::TraceWriter;

// Sorts after every process's file, so outputs come after all that was recorded inside.
constexpr const char* kOutputsFile = "q-outputs";

bool ignored(const Plan& plan, const std::string& name) {
  return std::any_of(plan.ignore_outputs.begin(), plan.ignore_outputs.end(),
                     [&](const std::string& pattern) { return matches_output(pattern, name); });
}

class OutputTrace {
 public:
  OutputTrace(const fs::path& directory, RunOutputs& outputs) : outputs_(outputs) {
    if (!writer_.open((directory / kOutputsFile).c_str())) {
      throw reports::DiagnosticError(
          {reports::Severity::kError, "DET906",
           "cannot write into `" + directory.string() + "`", {}, {}, {},
           {"check free space and permissions, or choose another place with --db"}},
          reports::ExitCode::kUsage);
    }
    lane_ = writer_.lane("outputs");
    instrument::Signature signature;
    signature.outputs.push_back({"bytes", kernels::DType::kU8, 0});
    signature_ = writer_.signature(signature);
  }
  ~OutputTrace() { writer_.finish(); }

  void chunk(const std::string& name, size_t index, const kernels::Digest& digest) {
    part(name, std::to_string(index), index, digest);
  }
  // What it held when it was written over for the `number`-th time.
  void save(const std::string& name, unsigned number, const kernels::Digest& digest) {
    part(name, kSaveKey + std::to_string(number), ~uint64_t{number}, digest);
  }

 private:
  void part(const std::string& name, const std::string& key, uint64_t index,
            const kernels::Digest& digest) {
    Event event;
    event.kind = EventKind::kOutput;
    event.lane = lane_;
    event.op = writer_.intern(name);
    event.key = writer_.intern(key);
    event.signature = signature_;
    event.order = order_++;
    event.outputs = {&digest, 1};
    writer_.event(event);
    kernels::Digest& sum = outputs_.digests[name];
    sum = kernels::add(sum, kernels::combine_ordered(std::array{digest, kernels::Digest{index, 1}}));
  }

  RunOutputs& outputs_;
  TraceWriter writer_;
  uint32_t lane_ = 0, signature_ = 0;
  uint64_t order_ = 0;
};

bool record_file(OutputTrace& trace, const fs::path& path, const std::string& name) {
  RecordedChunks chunks([&](uint64_t index, const kernels::Digest& digest) {
    trace.chunk(name, index, digest);
  });
  const bool whole = read_chunks(path, {[&](uint64_t index, const char* data, size_t bytes) {
                                          chunks.add(index, kernels::digest(data, bytes));
                                          return true;
                                        },
                                        [&](uint64_t index, uint64_t count) {
                                          chunks.add_zeros(index, count);
                                          return true;
                                        }});
  chunks.finish();
  return whole;
}

void keep_words(const fs::path& run, const std::string& output, const fs::path& path) {
  WordSum words;
  bool text = true;
  const bool whole = read_chunks(
      path, {[&](uint64_t, const char* data, size_t bytes) { return words.add(data, bytes); },
             [&](uint64_t, uint64_t) { return text = false; }});
  if (!whole || !text) return;
  if (const auto sum = words.finish()) keep_word_sum(run, output, *sum);
}

void record_stream(OutputTrace& trace, const std::string& name,
                   const std::vector<kernels::Digest>& digests) {
  RecordedChunks chunks([&](uint64_t index, const kernels::Digest& digest) {
    trace.chunk(name, index, digest);
  });
  for (size_t i = 0; i < digests.size(); ++i) chunks.add(i, digests[i]);
  chunks.finish();
}

// Files and what else has a name, each once, whoever saw it.
class PathRecorder {
 public:
  // `lines_of`: the run beside whose trace the sums of files' lines are kept; empty for none.
  PathRecorder(const Plan& plan, const OutputNames& names, OutputTrace& trace,
               RunOutputs& outputs, fs::path lines_of)
      : plan_(plan),
        names_(names),
        trace_(trace),
        outputs_(outputs),
        lines_of_(std::move(lines_of)) {}

  // A file; or all files of a folder that got its name while the run went on.
  void record(const std::string& path) {
    std::error_code error;
    if (!fs::is_directory(fs::symlink_status(path, error))) return record_file_once(path);
    std::vector<std::string> files;
    for (fs::recursive_directory_iterator it(path, error), end;
         !error && it != end && files.size() <= kMostInFolder; it.increment(error)) {
      if (!it->is_directory(error) || it->is_symlink(error)) files.push_back(it->path().string());
    }
    const bool all = !error && files.size() <= kMostInFolder;
    if (!all) outputs_.unseen.push_back(names_.name(path));
    files.resize(std::min(files.size(), kMostInFolder));
    std::sort(files.begin(), files.end());
    for (const std::string& file : files) record_file_once(file);
  }

  void record_file_once(const std::string& path) {
    if (!is_new(path)) return;
    std::error_code error;
    const fs::file_status status = fs::symlink_status(path, error);
    if (fs::is_symlink(status)) {
      record_content(path, "link to " + fs::read_symlink(path, error).string());
    } else if (!fs::is_regular_file(status) || !record_file(trace_, path, names_.name(path))) {
      outputs_.unseen.push_back(names_.name(path));
    } else {
      ++outputs_.judged;
      if (!lines_of_.empty()) keep_words(lines_of_, names_.name(path), path);
    }
  }

  void record_name(const std::string& path, const std::string& content) {
    if (is_new(path)) record_content(path, content);
  }

  bool knows(const std::string& path) const { return seen_.contains(path); }
  const std::set<std::string>& seen() const { return seen_; }

 private:
  static constexpr size_t kMostInFolder = 20000;

  bool is_new(const std::string& path) {
    if (!seen_.insert(path).second) return false;
    names_.give(path, outputs_.names);
    const std::string name = names_.name(path);
    if (!ignored(plan_, name)) return true;
    outputs_.ignored.push_back(name);
    return false;
  }
  void record_content(const std::string& path, const std::string& content) {
    trace_.chunk(names_.name(path), 0, kernels::digest(content.data(), content.size()));
    ++outputs_.judged;
  }

  const Plan& plan_;
  const OutputNames& names_;
  OutputTrace& trace_;
  RunOutputs& outputs_;
  const fs::path lines_of_;
  std::set<std::string> seen_;
};

bool is_within(const std::string& path, const std::set<std::string>& places) {
  for (fs::path at = path; !at.empty() && at != at.root_path(); at = at.parent_path()) {
    if (places.contains(at.string())) return true;
  }
  return false;
}

// What the probe saw written. What is gone again was a temporary when someone saw it go: the probe,
// or the look at its folder. Otherwise it may live on under a name that nobody knows.
void record_written(const RunFacts& facts, const OutputNames& names,
                    const WatchedFolders* folders, PathRecorder& recorder, RunOutputs& outputs) {
  std::set<std::pair<std::string, std::string>> written;  // by name: drawn paths have no order
  std::set<std::string> removed;
  for (const auto& source : facts.sources) {
    if (source.kind == instrument::SourceKind::kFileWritten) {
      written.emplace(names.name(source.site), source.site);
    }
    if (source.kind == instrument::SourceKind::kFileRemoved) removed.insert(source.site);
  }
  for (const auto& [name, path] : written) {
    std::error_code error;
    if (fs::exists(fs::symlink_status(path, error))) {
      recorder.record(path);
    } else if (is_within(path, removed)) {
      outputs.removed.push_back(name);
    } else if (!(folders && folders->cover(path))) {
      outputs.lost.push_back(name);
    }
  }
}

// What files held before they were written over: only whole contents, and not those of files that
// were removed.
void record_saves(const Plan& plan, const RunFacts& facts, const OutputNames& names,
                  OutputTrace& trace, RunOutputs& outputs) {
  std::map<std::string, unsigned> saves;
  for (const auto& source : facts.sources) {
    if (source.kind != instrument::SourceKind::kSaved) continue;
    outputs.more_saves |= source.site.empty();
    kernels::Digest digest;
    const size_t space = source.function.find(' ');
    if (space == std::string::npos || !kernels::from_hex(source.function.substr(space + 1), digest)) {
      continue;
    }
    const std::string name = names.name(source.site);
    if (!ignored(plan, name)) trace.save(name, ++saves[name], digest);
  }
}

void record_changes(const FolderChanges& changes, const OutputNames& names,
                    PathRecorder& recorder, RunOutputs& outputs) {
  for (const std::string& path : changes.files) {
    if (recorder.knows(path)) continue;
    outputs.by_folder.push_back(names.name(path));
    recorder.record_file_once(path);
  }
  for (const auto& [path, content] : changes.names) recorder.record_name(path, content);
  for (const std::string& path : changes.foreign) {
    if (!recorder.knows(path)) outputs.foreign.push_back(names.name(path));
  }
}

}  // namespace

bool matches_output(const std::string& pattern, const std::string& name) {
  return fnmatch(pattern.c_str(), name.c_str(), 0) == 0 ||
         fnmatch(pattern.c_str(), fs::path(name).filename().c_str(), 0) == 0;
}

bool has_trace(const fs::path& directory) {
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename().string().find(".dtrace") != std::string::npos) return true;
  }
  return false;
}

RunFacts facts_of(const RunResult& result) {
  RunFacts facts = has_trace(result.directory) ? read_run(result.directory) : RunFacts{};
  facts.sources.insert(facts.sources.end(), result.outside.files.begin(), result.outside.files.end());
  return facts;
}

RunOutputs record_outputs(const Plan& plan, const RunResult& result, const RunFacts& facts,
                          const Workplace& workplace, const RunOutputs* first,
                          WatchedFolders* folders, WordSums word_sums) {
  RunOutputs outputs;
  OutputTrace trace(result.directory, outputs);
  auto stream = [&](const std::string& name, const std::vector<kernels::Digest>& chunks) {
    if (ignored(plan, name)) {
      outputs.ignored.push_back(name);
      return;
    }
    record_stream(trace, name, chunks);
    ++outputs.judged;
  };
  stream("stdout", result.stdout_chunks);
  if (plan.judge_stderr) stream("stderr", result.stderr_chunks);
  const bool keeps_words = word_sums == WordSums::kKept;
  std::error_code error;
  const fs::path printed = result.directory / "stdout.bin";
  // The end of a long one was digested, and is not on disk.
  if (keeps_words && fs::file_size(printed, error) == result.stdout_bytes) {
    keep_words(result.directory, "stdout", printed);
  }
  const OutputNames names(facts, workplace, first ? &first->names : nullptr);
  record_saves(plan, facts, names, trace, outputs);
  PathRecorder recorder(plan, names, trace, outputs,
                        keeps_words ? result.directory : fs::path());
  record_written(facts, names, folders, recorder, outputs);
  if (folders) record_changes(folders->changes(), names, recorder, outputs);
  outputs.written.assign(recorder.seen().begin(), recorder.seen().end());
  return outputs;
}

}  // namespace detaudit::auditor
