#include "auditor/compare/trace_stream.h"

#include <algorithm>
#include <cstring>

namespace detaudit::auditor {
namespace {

constexpr size_t kKinds = 8;

uint64_t mixed(uint64_t hash, uint64_t low, uint64_t high) {
  __extension__ using Wide = unsigned __int128;
  const Wide product =
      static_cast<Wide>(hash ^ low ^ 0xa0761d6478bd642fu) * (high ^ 0xe7037ed1a0b428dbu);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64) ^ (hash << 7);
}

}  // namespace

Inputs inputs_of(const Sighting& sighting) {
  if (sighting.packed || sighting.hashed) return sighting.inputs;
  const std::span<const kernels::Digest> digests = sighting.event->inputs;
  Inputs inputs{mixed(0, 0, digests.size()), !digests.empty(), true};
  for (const kernels::Digest& digest : digests) {
    inputs.hash = mixed(inputs.hash, digest.low, digest.high);
    inputs.sound &= digest != instrument::kUnsoundDigest;
  }
  return inputs;
}

bool same_inputs(const Sighting& a, const Sighting& b) {
  if (!a.packed && !b.packed) {
    const auto ours = a.event->inputs, theirs = b.event->inputs;
    return ours.size() == theirs.size() &&
           (ours.empty() || std::memcmp(ours.data(), theirs.data(), ours.size_bytes()) == 0) &&
           std::find(ours.begin(), ours.end(), instrument::kUnsoundDigest) == ours.end();
  }
  const Inputs ours = inputs_of(a), theirs = inputs_of(b);
  return ours.hash == theirs.hash && ours.any == theirs.any && ours.sound && theirs.sound;
}

uint64_t content_hash(uint64_t identity, const Inputs& inputs,
                      std::span<const kernels::Digest> outputs) {
  uint64_t hash = mixed(identity, inputs.hash, inputs.any);
  for (const kernels::Digest& digest : outputs) hash = mixed(hash, digest.low, digest.high);
  return hash;
}

TraceStream::TraceStream(const std::filesystem::path& run, StreamOptions options)
    : reader_(run), options_(std::move(options)), text_hashes_(reader_.hashes()) {}

bool TraceStream::advance() {
  if (!skim()) return false;
  identify();
  return true;
}

bool TraceStream::skim() {
  const instrument::Event* event = reader_.next();
  while (event != nullptr && event->step > options_.last_step) event = reader_.next();
  if (event == nullptr) return false;
  if (event->lane >= lane_seen_.size() || lane_seen_[event->lane] == 0) meet_lane(event->lane);
  const uint32_t process = reader_.process();
  if (head_.process != process) moved_.clear();
  head_.event = event;
  head_.process = process;
  return true;
}

void TraceStream::identify_anywhere() {
  const instrument::Event& event = *head_.event;
  if (options_.anywhere) head_.anywhere = identity_without_lane(event);
  head_.moved = any_moved() && has_moved(event);
  head_.hashed = false;
  if (head_.moved) {
    head_.identity = identity_without_lane(event);
    head_.inputs = inputs_of(head_);
    head_.hashed = true;
    head_.match = content_hash(head_.identity, head_.inputs, event.outputs);
  } else {
    head_.identity = head_.match = identity(event);
  }
}

Sighting TraceStream::sighting_of(const instrument::Event& event, uint32_t process) const {
  Sighting sighting;
  sighting.event = &event;
  sighting.process = process;
  sighting.identity = sighting.match = identity(event);
  if (options_.anywhere) sighting.anywhere = identity_without_lane(event);
  return sighting;
}

bool TraceStream::has_moved(const instrument::Event& event) {
  const size_t kind = static_cast<size_t>(event.kind);
  if (kind >= kKinds) return options_.moved.contains(op_in_process(event));
  const size_t place = event.op * kKinds + kind;
  if (place >= moved_.size()) moved_.resize(place + 1);
  if (moved_[place] == Moved::kUnknown) {
    moved_[place] = options_.moved.contains(op_in_process(event)) ? Moved::kYes : Moved::kNo;
  }
  return moved_[place] == Moved::kYes;
}

void TraceStream::meet_lane(uint32_t lane) {
  if (lane >= lane_seen_.size()) {
    lane_seen_.resize(lane + 1);
    lane_hashes_.resize(lane + 1);
    lane_processes_.resize(lane + 1);
  }
  lane_seen_[lane] = 1;
  lane_hashes_[lane] = reader_.lane_hash(lane);
  lane_processes_[lane] = instrument::process_hash(reader_.lane_name(lane));
}

std::vector<std::string> TraceStream::lanes() const {
  std::vector<std::string> names;
  for (size_t lane = 0; lane < lane_seen_.size(); ++lane) {
    if (lane_seen_[lane] != 0) names.emplace_back(reader_.lane_name(static_cast<uint32_t>(lane)));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

uint64_t TraceStream::op_in_process(const instrument::Event& event) const {
  return instrument::identity_hash(lane_processes_[event.lane], event.kind, reader_.hash(event.op),
                                   0, 0, 0);
}

uint64_t TraceStream::identity_without_lane(const instrument::Event& event) const {
  return instrument::identity::without_lane(lane_processes_[event.lane], event.kind,
                                            text_hashes_[event.op], text_hashes_[event.key],
                                            event.step, event.occurrence);
}

}  // namespace detaudit::auditor
