#include <cstring>

#include "instrument/trace/event.h"
#include "instrument/trace/format.h"
#include "instrument/trace/identity.h"

namespace detaudit::instrument {

using identity::avalanche;
using identity::fold;
using identity::kFirst;
using identity::kSecond;
using identity::kThird;

uint64_t text_hash(std::string_view text) {
  uint64_t hash = kFirst ^ text.size();
  const char* at = text.data();
  size_t left = text.size();
  uint64_t words[2];
  for (; left >= 16; at += 16, left -= 16) {
    std::memcpy(words, at, 16);
    hash = fold(words[0] ^ kSecond, words[1] ^ hash) + kThird;
  }
  words[0] = words[1] = 0;
  if (left) std::memcpy(words, at, left);
  hash = fold(words[0] ^ kSecond, words[1] ^ hash) + kThird;
  return avalanche(hash);
}

uint64_t identity_hash(uint64_t lane_hash, EventKind kind, uint64_t op_hash, uint64_t key_hash,
                       uint64_t step, uint64_t occurrence) {
  return identity::in_lane(lane_hash, kind, op_hash, key_hash, step, occurrence);
}

uint64_t identity_without_lane(uint64_t process_hash, EventKind kind, uint64_t op_hash,
                               uint64_t key_hash, uint64_t step, uint64_t occurrence) {
  return identity::without_lane(process_hash, kind, op_hash, key_hash, step, occurrence);
}

uint64_t process_hash(std::string_view lane_name) {
  return text_hash(identity::process_of(lane_name));
}

uint64_t header_checksum(const TraceHeader& header) {
  return text_hash({reinterpret_cast<const char*>(&header), offsetof(TraceHeader, checksum)});
}

const char* event_kind_name(EventKind kind) {
  switch (kind) {
    case EventKind::kOperation:
      return "operation";
    case EventKind::kRngStream:
      return "rng-stream";
    case EventKind::kBatch:
      return "batch";
    case EventKind::kMetric:
      return "metric";
    case EventKind::kOutput:
      return "output";
    case EventKind::kCollective:
      return "collective";
  }
  return "unknown";
}

const char* source_kind_name(SourceKind kind) {
  switch (kind) {
    case SourceKind::kEntropy:
      return "entropy";
    case SourceKind::kClock:
      return "clock";
    case SourceKind::kPid:
      return "process id";
    case SourceKind::kThreadBirth:
      return "thread birth";
    case SourceKind::kFileWritten:
      return "file written";
    case SourceKind::kFileRemoved:
      return "file removed";
    case SourceKind::kUnseenProcess:
      return "unseen process";
    case SourceKind::kFileInherited:
      return "file inherited";
    case SourceKind::kFirstWrite:
      return "first write";
    case SourceKind::kRenamed:
      return "renamed";
    case SourceKind::kNameMade:
      return "name made";
    case SourceKind::kProcessNumber:
      return "process number";
    case SourceKind::kFolderRead:
      return "folder read";
    case SourceKind::kSystemRead:
      return "system read";
    case SourceKind::kNetwork:
      return "network";
    case SourceKind::kSaved:
      return "saved";
    case SourceKind::kModule:
      return "module";
    case SourceKind::kCoverage:
      return "coverage";
    case SourceKind::kKernelCode:
      return "kernel code";
    case SourceKind::kLibrarySetting:
      return "library setting";
    case SourceKind::kLibraryChoice:
      return "library choice";
    case SourceKind::kLaunchedIn:
      return "launched in";
    case SourceKind::kAdapter:
      return "adapter";
    case SourceKind::kAdapterPhase:
      return "phase";
    case SourceKind::kAdapterPrinted:
      return "printed";
    case SourceKind::kAdapterOpened:
      return "opened";
    case SourceKind::kAdapterUnordered:
    case SourceKind::kAdapterUnseen:
      return "unseen by an adapter";
    case SourceKind::kUnseenCall:
      return "unseen call";
    case SourceKind::kWatchedProcess:
      return "watched process";
  }
  return "unknown";
}

}  // namespace detaudit::instrument
