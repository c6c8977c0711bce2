#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/digest.h"

namespace detaudit::instrument {

// The bytes of a trace file, as docs/trace-format.md describes them: one header page, then records,
// each a multiple of 8 bytes, little-endian. A change here raises kTraceVersion.
inline constexpr char kTraceMagic[8] = {'D', 'E', 'T', 'R', 'A', 'C', 'E', '\n'};
inline constexpr uint32_t kTraceVersion = 6;
inline constexpr uint32_t kTraceByteOrder = 0x01020304;
inline constexpr size_t kTraceHeaderBytes = 4096;
inline constexpr size_t kMaxRecordBytes = size_t{512} << 10;
inline constexpr size_t kMaxTextBytes = size_t{32} << 10;
inline constexpr unsigned kPhaseShift = 4;
inline constexpr const char* kTraceSuffix = ".dtrace";
inline constexpr const char* kPartialSuffix = ".dtrace.partial";

struct TraceHeader {
  char magic[8];
  uint32_t version;
  uint32_t byte_order;
  uint32_t header_bytes;
  uint32_t process;   // id, for the processes of one run to find each other
  uint64_t checksum;  // of the bytes before it
  uint64_t events;    // from here on the writer updates in place
  uint64_t step;      // of the newest event
  uint64_t dropped;
  uint64_t dropped_check;  // ~dropped: a flipped bit must not hide a loss
  char reason[128];        // why events were dropped
};
static_assert(sizeof(TraceHeader) == 192);

enum class RecordType : uint8_t {
  kText = 1,
  kLane = 2,
  kLocation = 3,
  kSignature = 4,
  kEvent = 5,
  kReplay = 6,
  kSource = 7,
  kEnd = 8,
};

// `size` is stored last, with release order: 0 means that the record was never completed.
struct RecordHead {
  uint32_t size;      // of the whole record
  uint32_t checksum;  // of the bytes after it, and of size
  RecordType type;
  uint8_t kind;  // of an event: its phase in the upper four bits
  uint16_t inputs;
  uint16_t outputs;
  uint16_t occurrence_high;
};
static_assert(sizeof(RecordHead) == 16);

struct TextBody {  // then the text, zero-padded to 8 bytes
  RecordHead head;
  uint32_t id;
  uint32_t bytes;
};
struct LaneBody {
  RecordHead head;
  uint32_t id;
  uint32_t name;
};
struct LocationBody {
  RecordHead head;
  uint32_t id;
  uint32_t file;
  uint32_t line;
  uint32_t zero;
};
struct BufferBody {
  uint64_t elements;
  uint32_t name;
  uint32_t dtype;
};
struct SignatureBody {  // then inputs + outputs BufferBody
  RecordHead head;
  uint32_t id;
  uint32_t zero;
};
struct EventBody {  // then inputs + outputs digests; for metrics, the value
  RecordHead head;
  uint32_t lane;
  uint32_t op;
  uint32_t key;
  uint32_t signature;
  uint32_t location;
  uint32_t occurrence_low;
  uint64_t step;
};
static_assert(sizeof(EventBody) == 48);
static_assert(sizeof(kernels::Digest) == 16 && alignof(kernels::Digest) == 8);

struct ReplayBody {
  RecordHead head;
  uint64_t identity, step, order;
  uint32_t op, key, lane, signature;
  uint32_t worst_output, executions, distinct, unlike;
  uint64_t elements, differing, max_ulp, first_element;
  double max_abs, scale, change_scale, seconds;
  uint32_t location;
  uint32_t zero;
};
struct SourceBody {
  RecordHead head;
  uint32_t function, site;
  uint64_t step, order, count;
};
struct EndBody {
  RecordHead head;
  uint64_t events;
  uint64_t dropped;
};

// Checksum of a record whose size word may not be set yet.
inline uint32_t record_checksum(const void* record, uint32_t size) {
  const unsigned char* at = static_cast<const unsigned char*>(record) + 8;
  const unsigned char* end = static_cast<const unsigned char*>(record) + size;
  auto word = [](const unsigned char* from) {
    uint64_t value;
    std::memcpy(&value, from, 8);
    return value;
  };
  // Two chains, each step a bijection of its word, so that one changed word always changes a chain.
  auto step = [](uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ (hash >> 32);
  };
  uint64_t a = size, b = 0x243f6a8885a308d3u;
#pragma GCC unroll 4
  for (; at + 16 <= end; at += 16) {
    a = step(a, word(at));
    b = step(b, word(at + 8));
  }
  if (at + 8 <= end) a = step(a, word(at));
  a = step(a, b * 0xc2b2ae3d27d4eb4fu);
  return static_cast<uint32_t>(a ^ (a >> 32));
}

uint64_t header_checksum(const TraceHeader& header);

}  // namespace detaudit::instrument
