#include "reports/printable.h"

#include <cstdint>

namespace detaudit::reports {
namespace {

constexpr char kHex[] = "0123456789abcdef";

struct Character {
  uint32_t code = 0;
  size_t bytes = 0;  // 0: the byte at hand begins no character
};

bool is_continuation(std::string_view text, size_t at) {
  return at < text.size() && (static_cast<uint8_t>(text[at]) & 0xc0) == 0x80;
}

// Decodes one character; refuses overlong forms, surrogates and what lies beyond U+10FFFF.
Character decode(std::string_view text, size_t at) {
  uint8_t lead = static_cast<uint8_t>(text[at]);
  if (lead < 0x80) return {lead, 1};
  size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4) return {};
  uint32_t code = lead & (0xff >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    if (!is_continuation(text, at + i)) return {};
    code = code << 6 | (static_cast<uint8_t>(text[at + i]) & 0x3f);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[bytes] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {};
  return {code, bytes};
}

void append_byte(std::string& out, uint8_t byte) {
  out += "\\x";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

void append_code(std::string& out, uint32_t code) {
  out += "\\u{";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[code >> shift & 15];
  out += '}';
}

// C1 controls, zero-width and direction marks, line and paragraph separators, isolates, BOM.
bool hides_or_reorders(uint32_t code) {
  return (code >= 0x80 && code <= 0x9f) || (code >= 0x200b && code <= 0x200f) ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x2069) || code == 0xfeff;
}

enum class Controls { kKept, kWritten };

std::string cleaned(std::string_view text, Controls controls) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    Character character = decode(text, at);
    if (character.bytes == 0) {
      append_byte(out, static_cast<uint8_t>(text[at++]));
      continue;
    }
    bool control = character.code < 0x20 || character.code == 0x7f;
    if (controls == Controls::kWritten && control) {
      append_byte(out, static_cast<uint8_t>(character.code));
    } else if (controls == Controls::kWritten && hides_or_reorders(character.code)) {
      append_code(out, character.code);
    } else {
      out += text.substr(at, character.bytes);
    }
    at += character.bytes;
  }
  return out;
}

}  // namespace

std::string valid_utf8(std::string_view text) { return cleaned(text, Controls::kKept); }

std::string printable(std::string_view text) { return cleaned(text, Controls::kWritten); }

size_t character_count(std::string_view text) {
  size_t count = 0;
  for (char byte : text) count += (static_cast<uint8_t>(byte) & 0xc0) != 0x80;
  return count;
}

std::string shortened(std::string_view text, size_t limit) {
  if (character_count(text) <= limit) return std::string(text);
  if (limit == 0) return "";
  size_t at = 0;
  for (size_t kept = 0; kept + 1 < limit; ++kept) {
    do ++at;
    while (at < text.size() && (static_cast<uint8_t>(text[at]) & 0xc0) == 0x80);
  }
  return std::string(text.substr(0, at)) + "…";
}

}  // namespace detaudit::reports
