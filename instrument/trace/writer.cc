#include "instrument/trace/writer.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <vector>

#include "instrument/trace/append_file.h"
#include "instrument/trace/format.h"
#include "instrument/trace/id_table.h"

namespace detaudit::instrument {
namespace {

constexpr size_t kPathBytes = 4096;
constexpr size_t padded(size_t bytes) { return (bytes + 7) & ~size_t{7}; }
constexpr uint64_t kMixing = 0x9e3779b97f4a7c15u;

uint64_t mixed(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * kMixing;
  return hash ^ (hash >> 29);
}

}  // namespace

struct TraceWriter::State {
  AppendFile file;
  IdTable texts, lanes, locations, signatures;
  uint32_t next_text = 1, next_lane = 1, next_location = 1, next_signature = 1;
  PageArray<uint32_t> names;  // of the signature being written
  uint64_t events = 0, dropped = 0;
  int error = 0;
  bool open = false;
  char final_path[kPathBytes];
  char partial_path[kPathBytes];

  // A zeroed record of `bytes`, to be filled and published; null when the file takes no more.
  template <typename Body>
  Body* begin(RecordType type, size_t bytes) {
    if (!open || error) return nullptr;
    unsigned char* at = file.reserve(bytes);
    if (!at) {
      error = file.error() ? file.error() : EFBIG;
      return nullptr;
    }
    auto* body = reinterpret_cast<Body*>(at);
    body->head.type = type;
    return body;
  }

  void publish(RecordHead& head, size_t bytes) {
    auto size = static_cast<uint32_t>(bytes);
    head.checksum = record_checksum(&head, size);
    std::atomic_ref<uint32_t>(head.size).store(size, std::memory_order_release);
    file.commit(bytes);
  }

  void forget_names() {
    texts.clear();
    lanes.clear();
    locations.clear();
    signatures.clear();
    next_text = next_lane = next_location = next_signature = 1;
  }

  uint32_t location(uint32_t file_name, uint32_t line);
  const char* reason() const;
};

const char* TraceWriter::State::reason() const {
  switch (error) {
    case 0:
      return "the trace was not open";
    case ENOSPC:
      return "no space left for the trace";
    case EDQUOT:
      return "the disk quota left no space for the trace";
    case EFBIG:
      return "the trace reached the limit on file sizes";
    case ENOMEM:
      return "no memory left to map the trace";
    default:
      return "the trace could not be written";
  }
}

TraceWriter::TraceWriter() : state_(new (std::nothrow) State{}) {}

TraceWriter::~TraceWriter() {
  if (!state_) return;
  abandon();
  state_->texts.release();
  state_->lanes.release();
  state_->locations.release();
  state_->signatures.release();
  state_->names.release();
}

bool TraceWriter::open(const char* path_without_suffix) {
  if (!state_) return false;
  State& state = *state_;
  abandon();
  state.forget_names();
  state.events = state.dropped = 0;
  size_t length = std::strlen(path_without_suffix);
  if (length + 32 > kPathBytes) {
    state.error = ENAMETOOLONG;
    return false;
  }
  std::snprintf(state.final_path, kPathBytes, "%s%s", path_without_suffix, kTraceSuffix);
  std::snprintf(state.partial_path, kPathBytes, "%s%s", path_without_suffix, kPartialSuffix);
  state.error =
      access(state.final_path, F_OK) == 0 ? EEXIST : state.file.create(state.partial_path);
  state.open = state.error == 0;
  return state.open;
}

int TraceWriter::error() const { return state_ ? state_->error : ENOMEM; }

uint32_t TraceWriter::intern(std::string_view text) {
  uint64_t hash;
  return intern(text, hash);
}

uint32_t TraceWriter::intern(std::string_view text, uint64_t& hash) {
  text = text.substr(0, kMaxTextBytes);
  hash = text_hash(text);
  if (!state_ || text.empty()) return 0;
  State& state = *state_;
  if (uint32_t id = state.texts.find(hash)) return id;
  size_t bytes = sizeof(TextBody) + padded(text.size());
  auto* body = state.begin<TextBody>(RecordType::kText, bytes);
  if (!body) return 0;
  uint32_t id = state.next_text++;
  body->id = id;
  body->bytes = static_cast<uint32_t>(text.size());
  std::memcpy(body + 1, text.data(), text.size());
  state.publish(body->head, bytes);
  state.texts.insert(hash, id);
  return id;
}

uint32_t TraceWriter::lane(std::string_view name) {
  if (!state_) return 0;
  uint64_t hash = text_hash(name);
  if (uint32_t id = state_->lanes.find(hash)) return id;
  uint32_t name_id = intern(name);
  auto* body = state_->begin<LaneBody>(RecordType::kLane, sizeof(LaneBody));
  if (!body) return 0;
  uint32_t id = state_->next_lane++;
  body->id = id;
  body->name = name_id;
  state_->publish(body->head, sizeof *body);
  state_->lanes.insert(hash, id);
  return id;
}

uint32_t TraceWriter::State::location(uint32_t file_name, uint32_t line) {
  if (!file_name) return 0;
  uint64_t hash = mixed(mixed(kMixing, file_name), line);
  if (uint32_t id = locations.find(hash)) return id;
  auto* body = begin<LocationBody>(RecordType::kLocation, sizeof(LocationBody));
  if (!body) return 0;
  uint32_t id = next_location++;
  body->id = id;
  body->file = file_name;
  body->line = line;
  publish(body->head, sizeof *body);
  locations.insert(hash, id);
  return id;
}

uint32_t TraceWriter::signature(const Signature& signature) {
  std::vector<BufferView> views;
  for (const auto* side : {&signature.inputs, &signature.outputs})
    for (const BufferShape& shape : *side)
      views.push_back({shape.name, shape.dtype, shape.elements});
  std::span<const BufferView> all(views);
  return this->signature(all.first(signature.inputs.size()), all.subspan(signature.inputs.size()));
}

uint32_t TraceWriter::signature(std::span<const BufferView> inputs,
                                std::span<const BufferView> outputs) {
  size_t buffers = inputs.size() + outputs.size();
  size_t bytes = sizeof(SignatureBody) + buffers * sizeof(BufferBody);
  if (!state_ || bytes > kMaxRecordBytes) return 0;
  State& state = *state_;
  auto view = [&](size_t at) -> const BufferView& {
    return at < inputs.size() ? inputs[at] : outputs[at - inputs.size()];
  };
  uint64_t hash = mixed(mixed(kMixing, inputs.size()), outputs.size());
  for (size_t at = 0; at < buffers; ++at) {
    hash = mixed(hash, text_hash(view(at).name));
    hash = mixed(hash, view(at).elements << 3 ^ static_cast<uint64_t>(view(at).dtype));
  }
  if (uint32_t id = state.signatures.find(hash)) return id;
  if (!state.names.reserve(buffers)) return 0;
  for (size_t at = 0; at < buffers; ++at) state.names[at] = intern(view(at).name);
  auto* body = state.begin<SignatureBody>(RecordType::kSignature, bytes);
  if (!body) return 0;
  uint32_t id = state.next_signature++;
  body->id = id;
  body->head.inputs = static_cast<uint16_t>(inputs.size());
  body->head.outputs = static_cast<uint16_t>(outputs.size());
  auto* shapes = reinterpret_cast<BufferBody*>(body + 1);
  for (size_t at = 0; at < buffers; ++at)
    shapes[at] = {view(at).elements, state.names[at], static_cast<uint32_t>(view(at).dtype)};
  state.publish(body->head, bytes);
  state.signatures.insert(hash, id);
  return id;
}

void TraceWriter::event(const Event& event) {
  if (!state_) return;
  State& state = *state_;
  size_t digests = event.inputs.size() + event.outputs.size();
  bool has_value = event.kind == EventKind::kMetric;
  size_t bytes = sizeof(EventBody) + digests * sizeof(kernels::Digest) + (has_value ? 8 : 0);
  if (bytes > kMaxRecordBytes) return drop(1, "an operation has too many buffers");
  uint32_t location = state.location(event.file, event.line);
  auto* body = state.begin<EventBody>(RecordType::kEvent, bytes);
  if (!body) return drop(1, state.reason());
  body->head.kind = static_cast<uint8_t>(static_cast<unsigned>(event.kind) |
                                         static_cast<unsigned>(event.phase) << kPhaseShift);
  body->head.inputs = static_cast<uint16_t>(event.inputs.size());
  body->head.outputs = static_cast<uint16_t>(event.outputs.size());
  body->head.occurrence_high = static_cast<uint16_t>(event.occurrence >> 32);
  body->lane = event.lane;
  body->op = event.op;
  body->key = event.key;
  body->signature = event.signature;
  body->location = location;
  body->occurrence_low = static_cast<uint32_t>(event.occurrence);
  body->step = event.step;
  auto* at = reinterpret_cast<unsigned char*>(body + 1);
  if (!event.inputs.empty()) std::memcpy(at, event.inputs.data(), event.inputs.size_bytes());
  at += event.inputs.size_bytes();
  if (!event.outputs.empty()) std::memcpy(at, event.outputs.data(), event.outputs.size_bytes());
  if (has_value) std::memcpy(at + event.outputs.size_bytes(), &event.value, 8);
  state.publish(body->head, bytes);
  TraceHeader& header = *state.file.header();
  header.events = ++state.events;
  header.step = event.step;
}

void TraceWriter::reach(uint64_t step) {
  if (state_ && state_->file.header()) state_->file.header()->step = step;
}

void TraceWriter::replay(const ReplayRecord& record) {
  uint32_t location = state_ ? state_->location(record.file, record.line) : 0;
  auto* body =
      state_ ? state_->begin<ReplayBody>(RecordType::kReplay, sizeof(ReplayBody)) : nullptr;
  if (!body) return drop(1, state_ ? state_->reason() : nullptr);
  body->head.kind = static_cast<uint8_t>(record.mode);
  body->identity = record.identity;
  body->step = record.step;
  body->op = record.op;
  body->key = record.key;
  body->lane = record.lane;
  body->order = record.order;
  body->signature = record.signature;
  body->location = location;
  body->worst_output = record.worst_output;
  body->executions = record.executions;
  body->distinct = record.distinct;
  body->unlike = record.unlike;
  body->elements = record.magnitude.elements;
  body->differing = record.magnitude.differing;
  body->max_ulp = record.magnitude.max_ulp;
  body->first_element = record.magnitude.first_element;
  body->max_abs = record.magnitude.max_abs;
  body->scale = record.magnitude.scale;
  body->change_scale = record.change_scale;
  body->seconds = record.seconds;
  state_->publish(body->head, sizeof *body);
}

void TraceWriter::source(const SourceRecord& record) {
  source(record.kind, record.function, record.site, record.step, record.order, record.count);
}

void TraceWriter::source(SourceKind kind, std::string_view function, std::string_view site,
                         uint64_t step, uint64_t order, uint64_t count) {
  uint32_t function_id = intern(function), site_id = intern(site);
  auto* body =
      state_ ? state_->begin<SourceBody>(RecordType::kSource, sizeof(SourceBody)) : nullptr;
  if (!body) return drop(1, state_ ? state_->reason() : nullptr);
  body->head.kind = static_cast<uint8_t>(kind);
  body->function = function_id;
  body->site = site_id;
  body->step = step;
  body->order = order;
  body->count = count;
  state_->publish(body->head, sizeof *body);
}

void TraceWriter::drop(uint64_t events, const char* reason) {
  if (!state_) return;
  state_->dropped += events;
  TraceHeader* header = state_->file.header();
  if (!header) return;
  if (!header->reason[0] && reason) std::strncpy(header->reason, reason, sizeof header->reason - 1);
  // Added, not set: a fork's child that cannot record says so in its parent's header.
  std::atomic_ref<uint64_t>(header->dropped).fetch_add(events);
  std::atomic_ref<uint64_t>(header->dropped_check).fetch_sub(events);
}

void TraceWriter::flush_to_disk() {
  if (state_ && state_->open) state_->file.flush_to_disk();
}

void TraceWriter::finish() {
  if (!state_ || !state_->open) return;
  State& state = *state_;
  state.error = 0;  // after a loss, the end may still fit
  if (auto* body = state.begin<EndBody>(RecordType::kEnd, sizeof(EndBody))) {
    body->events = state.events;
    body->dropped = state.dropped;
    state.publish(body->head, sizeof *body);
  }
  state.open = false;
  if (state.file.close() == ESTALE) return;  // by now the name is someone else's
  rename(state.partial_path, state.final_path);
}

void TraceWriter::abandon() {
  if (!state_) return;
  state_->file.abandon();
  state_->open = false;
}

uint64_t TraceWriter::events() const { return state_ ? state_->events : 0; }
uint64_t TraceWriter::dropped() const { return state_ ? state_->dropped : 0; }

}  // namespace detaudit::instrument
