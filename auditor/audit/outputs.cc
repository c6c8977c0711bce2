#include "auditor/audit/outputs.h"

#include <fnmatch.h>

#include <array>
#include <fstream>
#include <set>

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
  for (const std::string& pattern : plan.ignore_outputs) {
    if (fnmatch(pattern.c_str(), name.c_str(), 0) == 0) return true;
    if (fnmatch(pattern.c_str(), fs::path(name).filename().c_str(), 0) == 0) return true;
  }
  return false;
}

class OutputTrace {
 public:
  explicit OutputTrace(const fs::path& directory) {
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
    Event event;
    event.kind = EventKind::kOutput;
    event.lane = lane_;
    event.op = writer_.intern(name);
    event.key = writer_.intern(std::to_string(index));
    event.signature = signature_;
    event.order = order_++;
    event.outputs = {&digest, 1};
    writer_.event(event);
  }

 private:
  TraceWriter writer_;
  uint32_t lane_ = 0, signature_ = 0;
  uint64_t order_ = 0;
};

// False when the file cannot be read to its end.
bool record_file(OutputTrace& trace, const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  std::vector<char> buffer(kernels::kDigestChunkBytes);
  size_t index = 0;
  do {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    const auto bytes = static_cast<size_t>(file.gcount());
    // An empty file is one empty chunk: it exists.
    if (bytes == 0 && index > 0) break;
    trace.chunk(path.string(), index++, kernels::digest(buffer.data(), bytes));
  } while (file);
  return file.eof();
}

void record_stream(OutputTrace& trace, const std::string& name,
                   const std::vector<kernels::Digest>& chunks) {
  for (size_t i = 0; i < chunks.size(); ++i) trace.chunk(name, i, chunks[i]);
}

}  // namespace

RunOutputs record_outputs(const Plan& plan, const RunResult& result, const RunFacts& facts) {
  RunOutputs outputs;
  OutputTrace trace(result.directory);
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

  std::set<std::string> seen;
  for (const auto& source : facts.sources) {
    if (source.kind != instrument::SourceKind::kFileWritten) continue;
    if (!seen.insert(source.site).second) continue;
    std::error_code error;
    // Gone again after the run: a temporary, no output.
    if (!fs::exists(source.site, error)) continue;
    if (ignored(plan, source.site)) {
      outputs.ignored.push_back(source.site);
    } else if (!fs::is_regular_file(source.site, error) || !record_file(trace, source.site)) {
      outputs.unseen.push_back(source.site);
    } else {
      ++outputs.judged;
    }
  }
  return outputs;
}

}  // namespace detaudit::auditor
