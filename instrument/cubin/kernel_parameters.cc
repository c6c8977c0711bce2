#include "instrument/cubin/kernel_parameters.h"

#include <algorithm>
#include <optional>

namespace detaudit::instrument {
namespace {

constexpr uint8_t kWithSize = 4;      // the format whose value has a size of its own
constexpr uint8_t kParameter = 0x17;  // up to 4 KiB of parameters
constexpr uint8_t kLargeParameter = 0x45;

struct Attribute {
  uint8_t format, code;
  uint16_t value;  // or the size of what follows
};

struct ParameterRecord {
  uint32_t index;
  uint16_t ordinal, offset;
  uint32_t size;  // kParameter: in its upper 14 bits; kLargeParameter: in its lower 16
};

std::optional<KernelParameter> parameter(const Attribute& attribute, Bytes value) {
  ParameterRecord record;
  if (attribute.code != kParameter && attribute.code != kLargeParameter) return std::nullopt;
  if (!read_record(value, 0, record)) return std::nullopt;
  const uint32_t size = attribute.code == kParameter ? record.size >> 18 : record.size & 0xffff;
  return KernelParameter{record.ordinal, record.offset, size};
}

}  // namespace

std::vector<KernelParameter> read_parameters(Bytes info) {
  std::vector<KernelParameter> found;
  Attribute attribute;
  for (uint64_t at = 0; read_record(info, at, attribute);) {
    at += sizeof attribute;
    if (attribute.format != kWithSize) continue;
    Bytes value = slice(info, at, attribute.value);
    if (auto one = parameter(attribute, value)) found.push_back(*one);
    at += (uint64_t{attribute.value} + 3) & ~uint64_t{3};
  }
  // detaudit: allow(DET222) ordinals are unique
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.ordinal < b.ordinal; });
  return found;
}

}  // namespace detaudit::instrument
