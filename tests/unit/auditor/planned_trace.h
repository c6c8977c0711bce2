#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "instrument/trace/event.h"
#include "instrument/trace/writer.h"

namespace detaudit::auditor {

// An event as a test plans it. Buffers are numbers: equal numbers are equal bytes.
struct Planned {
  instrument::EventKind kind = instrument::EventKind::kOperation;
  std::string op = "op", key;
  std::string lane = "p0";
  uint64_t step = 0;
  std::vector<uint64_t> inputs, outputs;
  double value = 0;
  uint64_t occurrence = UINT64_MAX;  // UINT64_MAX: counted as the recorder does
};

inline kernels::Digest digest_of(uint64_t number) {
  return kernels::digest(&number, sizeof number);
}

// A directory for one test's traces, removed with its contents.
class TraceFolder {
 public:
  TraceFolder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "detaudit-compare-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TraceFolder() { std::filesystem::remove_all(path_); }
  TraceFolder(const TraceFolder&) = delete;
  TraceFolder& operator=(const TraceFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Buffers are called b0, b1, ...; outputs go on counting unless `in_place`, then both begin at b0.
enum class Buffers { kApart, kInPlace };

// Writes a run of one process, file NAME.dtrace in `run`.
inline void write_process(const std::filesystem::path& run, const std::string& name,
                          const std::vector<Planned>& events, Buffers buffers = Buffers::kApart) {
  std::filesystem::create_directories(run);
  instrument::TraceWriter writer;
  writer.open((run / name).c_str());
  std::map<std::tuple<std::string, instrument::EventKind, std::string, std::string, uint64_t>,
           uint64_t>
      occurrences;
  for (const Planned& planned : events) {
    std::vector<kernels::Digest> inputs, outputs;
    instrument::Signature signature;
    for (const uint64_t number : planned.inputs) {
      signature.inputs.push_back({"b" + std::to_string(inputs.size()), kernels::DType::kF32, 4});
      inputs.push_back(digest_of(number));
    }
    const size_t skipped = buffers == Buffers::kInPlace ? 0 : inputs.size();
    for (const uint64_t number : planned.outputs) {
      signature.outputs.push_back(
          {"b" + std::to_string(skipped + outputs.size()), kernels::DType::kF32, 4});
      outputs.push_back(digest_of(number));
    }
    instrument::Event event;
    event.kind = planned.kind;
    event.lane = writer.lane(planned.lane);
    event.op = writer.intern(planned.op);
    event.key = planned.key.empty() ? 0 : writer.intern(planned.key);
    event.signature = writer.signature(signature);
    event.step = planned.step;
    const auto counted =
        occurrences[{planned.lane, planned.kind, planned.op, planned.key, planned.step}]++;
    event.occurrence = planned.occurrence == UINT64_MAX ? counted : planned.occurrence;
    event.value = planned.value;
    event.inputs = inputs;
    event.outputs = outputs;
    writer.event(event);
  }
  writer.finish();
}

inline std::filesystem::path write_run(const TraceFolder& folder, const std::string& name,
                                       const std::vector<Planned>& events,
                                       Buffers buffers = Buffers::kApart) {
  write_process(folder.path() / name, "p0", events, buffers);
  return folder.path() / name;
}

}  // namespace detaudit::auditor
