#include "instrument/trace/file_ids.h"

#include <cstring>

namespace detaudit::instrument {

bool decode(const EventBody& body, const FileIds& ids, Event& event) {
  size_t inputs = body.head.inputs, outputs = body.head.outputs;
  bool has_value = body.head.kind == static_cast<uint8_t>(EventKind::kMetric);
  size_t size = sizeof body + (inputs + outputs) * sizeof(kernels::Digest) + (has_value ? 8 : 0);
  if (body.head.size != size || !ids.lanes.has(body.lane) || body.lane == 0 ||
      !ids.texts.has(body.op) || !ids.texts.has(body.key) || !ids.signatures.has(body.signature) ||
      !ids.locations.has(body.location))
    return false;
  const auto* digests = reinterpret_cast<const kernels::Digest*>(&body + 1);
  const FileIds::Location& location = ids.locations[body.location];
  event.kind = static_cast<EventKind>(body.head.kind);
  event.lane = ids.lanes[body.lane];
  event.op = ids.texts[body.op];
  event.key = ids.texts[body.key];
  event.signature = ids.signatures[body.signature];
  event.file = location.file;
  event.line = location.line;
  event.step = body.step;
  event.occurrence = uint64_t{body.head.occurrence_high} << 32 | body.occurrence_low;
  event.value = 0;
  if (has_value) std::memcpy(&event.value, digests + inputs + outputs, 8);
  event.inputs = {digests, inputs};
  event.outputs = {digests + inputs, outputs};
  return true;
}

}  // namespace detaudit::instrument
