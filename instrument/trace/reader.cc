#include "instrument/trace/reader.h"

#include <algorithm>
#include <unordered_map>

#include "instrument/trace/file_ids.h"
#include "instrument/trace/trace_file.h"
#include "reports/diagnostic.h"

namespace detaudit::instrument {

struct TraceReader::State {
  std::vector<std::filesystem::path> paths;
  size_t next_path = 0;
  std::unique_ptr<TraceFile> file;
  std::vector<std::shared_ptr<FileIds>> file_ids;  // of all files so far
  FileIds* ids = nullptr;                          // of this file
  uint32_t process = 0;
  uint64_t first_order = 0;  // of this file: orders within it start from 0

  std::vector<std::string> texts{""};
  std::vector<uint64_t> hashes{text_hash("")};
  std::unordered_map<std::string, uint32_t> text_ids{{"", 0}};
  std::vector<uint32_t> lane_texts;
  std::unordered_map<uint32_t, uint32_t> lane_ids;  // by text
  std::vector<Signature> signatures{Signature{}};
  std::vector<ReplayRecord> replays;
  std::vector<SourceRecord> sources;
  std::unordered_map<std::string, size_t> source_ids;  // of this file
  TraceSummary summary;
  Event event;

  void open_next();
  void close_file();
  void note(const std::string& reason);
  const Event* next();
  bool take_definition(const RecordHead& head);
  bool take_event(const EventBody& body);
  bool take_text(const TextBody& body);
  bool take_lane(const LaneBody& body);
  bool take_location(const LocationBody& body);
  bool take_signature(const SignatureBody& body);
  bool take_replay(const ReplayBody& body);
  bool take_source(const SourceBody& body);
  uint32_t text_id(std::string text);
};

uint32_t TraceReader::State::text_id(std::string text) {
  auto [entry, added] = text_ids.try_emplace(std::move(text), static_cast<uint32_t>(texts.size()));
  if (added) {
    texts.push_back(entry->first);
    hashes.push_back(text_hash(entry->first));
  }
  return entry->second;
}

bool TraceReader::State::take_text(const TextBody& body) {
  if (body.head.size < sizeof body || body.bytes > body.head.size - sizeof body) return false;
  return ids->texts.add(body.id, text_id({reinterpret_cast<const char*>(&body + 1), body.bytes}));
}

bool TraceReader::State::take_lane(const LaneBody& body) {
  if (body.head.size != sizeof body || !ids->texts.has(body.name)) return false;
  uint32_t name = ids->texts[body.name];
  auto [entry, added] = lane_ids.try_emplace(name, static_cast<uint32_t>(lane_texts.size()));
  if (added) lane_texts.push_back(name);
  return ids->lanes.add(body.id, entry->second);
}

bool TraceReader::State::take_location(const LocationBody& body) {
  if (body.head.size != sizeof body || !ids->texts.has(body.file)) return false;
  return ids->locations.add(body.id, {ids->texts[body.file], body.line});
}

bool TraceReader::State::take_signature(const SignatureBody& body) {
  size_t buffers = size_t{body.head.inputs} + body.head.outputs;
  if (body.head.size != sizeof body + buffers * sizeof(BufferBody)) return false;
  const auto* shapes = reinterpret_cast<const BufferBody*>(&body + 1);
  Signature signature;
  for (size_t at = 0; at < buffers; ++at) {
    if (!ids->texts.has(shapes[at].name) ||
        shapes[at].dtype > static_cast<uint32_t>(kernels::DType::kF64))
      return false;
    auto& side = at < body.head.inputs ? signature.inputs : signature.outputs;
    side.push_back({texts[ids->texts[shapes[at].name]],
                    static_cast<kernels::DType>(shapes[at].dtype), shapes[at].elements});
  }
  signatures.push_back(std::move(signature));
  return ids->signatures.add(body.id, static_cast<uint32_t>(signatures.size() - 1));
}

inline bool TraceReader::State::take_event(const EventBody& body) {
  if (!decode(body, *ids, event)) return false;
  event.order = summary.events++;
  return true;
}

bool TraceReader::State::take_replay(const ReplayBody& body) {
  if (body.head.size != sizeof body || !ids->texts.has(body.op) || !ids->texts.has(body.key) ||
      !ids->lanes.has(body.lane) || body.lane == 0 || !ids->signatures.has(body.signature) ||
      !ids->locations.has(body.location))
    return false;
  const FileIds::Location& location = ids->locations[body.location];
  ReplayRecord record;
  record.identity = body.identity;
  record.op = ids->texts[body.op];
  record.key = ids->texts[body.key];
  record.lane = ids->lanes[body.lane];
  record.step = body.step;
  record.order = first_order + body.order;
  record.signature = ids->signatures[body.signature];
  record.file = location.file;
  record.line = location.line;
  record.mode = static_cast<ReplayMode>(body.head.kind);
  record.executions = body.executions;
  record.distinct = body.distinct;
  record.unlike = body.unlike;
  record.worst_output = body.worst_output;
  record.magnitude = {body.elements, body.differing, body.max_ulp,
                      body.max_abs,  body.scale,     body.first_element};
  record.change_scale = body.change_scale;
  record.seconds = body.seconds;
  replays.push_back(record);
  return true;
}

bool TraceReader::State::take_source(const SourceBody& body) {
  if (body.head.size != sizeof body || !ids->texts.has(body.function) || !ids->texts.has(body.site))
    return false;
  SourceRecord record{static_cast<SourceKind>(body.head.kind),
                      texts[ids->texts[body.function]],
                      texts[ids->texts[body.site]],
                      body.step,
                      first_order + body.order,
                      body.count,
                      process};
  std::string id = std::to_string(body.head.kind) + '\0' + record.function + '\0' + record.site;
  auto [entry, added] = source_ids.try_emplace(std::move(id), sources.size());
  if (added)
    sources.push_back(std::move(record));
  else
    sources[entry->second].count = record.count;
  return true;
}

// False when a record lies about itself, which ends the file.
bool TraceReader::State::take_definition(const RecordHead& head) {
  switch (head.type) {
    case RecordType::kText:
      return take_text(reinterpret_cast<const TextBody&>(head));
    case RecordType::kLane:
      return take_lane(reinterpret_cast<const LaneBody&>(head));
    case RecordType::kLocation:
      return take_location(reinterpret_cast<const LocationBody&>(head));
    case RecordType::kSignature:
      return take_signature(reinterpret_cast<const SignatureBody&>(head));
    case RecordType::kReplay:
      return take_replay(reinterpret_cast<const ReplayBody&>(head));
    case RecordType::kSource:
      return take_source(reinterpret_cast<const SourceBody&>(head));
    case RecordType::kEvent:
    case RecordType::kEnd:
      break;
  }
  return true;
}

void TraceReader::State::note(const std::string& reason) {
  if (!summary.lossy_reason.empty() || reason.empty()) return;
  summary.lossy_reason = file->path().filename().string() + ": " + reason;
}

void TraceReader::State::close_file() {
  summary.dropped += file->dropped();
  summary.damaged_bytes += file->damaged_bytes();
  if (file->end() != FileEnd::kEndRecord) summary.state = TraceState::kUnfinished;
  if (file->dropped()) {
    std::string reason = file->header().reason;
    note(std::to_string(file->dropped()) + " events were not recorded" +
         (reason.empty() ? "" : ": " + reason));
  }
  if (file->end() == FileEnd::kDamage)
    note("damaged after " + std::to_string(file->whole_bytes()) + " bytes");
  // A file with its final name whose end is missing was cut after it had been finished.
  if (file->end() == FileEnd::kOpenEnd && !file->path().string().ends_with(kPartialSuffix))
    note("cut short after " + std::to_string(file->whole_bytes()) + " bytes");
  file.reset();
}

void TraceReader::State::open_next() {
  process = static_cast<uint32_t>(next_path);
  first_order = summary.events;
  file_ids.push_back(std::make_shared<FileIds>());
  ids = file_ids.back().get();
  source_ids.clear();
  file = std::make_unique<TraceFile>(paths[next_path++]);
}

const Event* TraceReader::State::next() {
  for (;;) {
    if (!file) {
      if (next_path == paths.size()) return nullptr;
      open_next();
    }
    while (const RecordHead* head = file->next()) {
      if (head->type == RecordType::kEvent) {
        if (take_event(reinterpret_cast<const EventBody&>(*head))) return &event;
        file->reject(*head);
      } else if (!take_definition(*head)) {
        file->reject(*head);
      }
    }
    close_file();
  }
}

TraceReader::TraceReader(const std::filesystem::path& run_directory)
    : state_(std::make_unique<State>()) {
  state_->paths = trace_files(run_directory);
  if (state_->paths.empty())
    throw reports::usage_error("DET904", "`" + run_directory.string() + "` holds no trace",
                               "name the directory of a run that detaudit recorded");
  state_->summary.state = TraceState::kFinished;
  for (const auto& path : state_->paths) TraceFile check(path);  // foreign files are said at once
}

TraceReader::~TraceReader() = default;
TraceReader::TraceReader(TraceReader&&) noexcept = default;

const Event* TraceReader::next() { return state_->next(); }
uint32_t TraceReader::process() const { return state_->process; }
RecordPlace TraceReader::place() const {
  const size_t bytes = record_bytes(state_->event);
  return {state_->process, state_->file->whole_bytes() - bytes, state_->event.order};
}
const std::filesystem::path& TraceReader::path(uint32_t file) const { return state_->paths[file]; }
std::shared_ptr<const FileIds> TraceReader::ids(uint32_t file) const {
  return state_->file_ids[file];
}
std::string_view TraceReader::text(uint32_t id) const { return state_->texts[id]; }
uint64_t TraceReader::hash(uint32_t id) const { return state_->hashes[id]; }
const std::vector<uint64_t>& TraceReader::hashes() const { return state_->hashes; }
const Signature& TraceReader::signature(uint32_t id) const { return state_->signatures[id]; }
std::string_view TraceReader::lane_name(uint32_t lane) const {
  return state_->texts[state_->lane_texts[lane]];
}
uint64_t TraceReader::lane_hash(uint32_t lane) const {
  return state_->hashes[state_->lane_texts[lane]];
}
size_t TraceReader::lanes() const { return state_->lane_texts.size(); }

uint64_t TraceReader::identity(const Event& event) const {
  return identity_hash(lane_hash(event.lane), event.kind, hash(event.op), hash(event.key),
                       event.step, event.occurrence);
}

const std::vector<ReplayRecord>& TraceReader::replays() const { return state_->replays; }
const std::vector<SourceRecord>& TraceReader::sources() const { return state_->sources; }
TraceSummary TraceReader::summary() const { return state_->summary; }

}  // namespace detaudit::instrument
