#include "instrument/control.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace detaudit::instrument {
namespace {

bool plain(unsigned char c) {
  return c > ' ' && c < 0x7f && c != '%' && c != ';' && c != '=' && c != ',';
}

std::string escape(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (plain(byte)) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

template <typename T>
bool parse(std::string_view text, T& value, int base = 10) {
  T parsed{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed, base);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  value = parsed;
  return true;
}

bool unescape(std::string_view text, std::string& out) {
  std::string plain_text;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain_text += text[i];
      continue;
    }
    unsigned byte = 0;
    if (i + 2 >= text.size() || !parse(text.substr(i + 1, 2), byte, 16)) return false;
    plain_text += static_cast<char>(byte);
    i += 2;
  }
  out = std::move(plain_text);
  return true;
}

std::string list(const std::vector<uint64_t>& values) {
  std::string out;
  for (uint64_t value : values) {
    char digits[17];
    auto end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
    if (!out.empty()) out += ',';
    out.append(digits, end);
  }
  return out;
}

std::vector<uint64_t> parse_list(std::string_view text) {
  std::vector<uint64_t> values;
  while (!text.empty()) {
    size_t comma = std::min(text.find(','), text.size());
    uint64_t value = 0;
    if (parse(text.substr(0, comma), value, 16)) values.push_back(value);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return values;
}

void take(Control& control, std::string_view name, std::string_view value) {
  if (name == "trace")
    unescape(value, control.trace_directory);
  else if (name == "replays")
    parse(value, control.replays);
  else if (name == "replay_ops")
    control.replay_ops = parse_list(value);
  else if (name == "capture")
    control.capture = parse_list(value);
  else if (name == "stop_after_step")
    parse(value, control.stop_recording_after_step);
  else if (name == "schedule_seed")
    parse(value, control.schedule_seed);
  else if (name == "workers")
    parse(value, control.workers);
  else if (name == "clock_shift_ns")
    parse(value, control.clock_shift_ns);
  else if (name == "clock_pinned")
    control.clock_pinned = value == "1";
  else if (name == "entropy_seed")
    parse(value, control.entropy_seed);
}

}  // namespace

std::string encode(const Control& control) {
  const Control none;
  std::string text = "trace=" + escape(control.trace_directory);
  auto add = [&](const char* name, const std::string& value) {
    text += std::string(";") + name + "=" + value;
  };
  auto number = [&](const char* name, auto value, auto absent) {
    if (value != absent) add(name, std::to_string(value));
  };
  number("replays", control.replays, none.replays);
  if (!control.replay_ops.empty()) add("replay_ops", list(control.replay_ops));
  if (!control.capture.empty()) add("capture", list(control.capture));
  number("stop_after_step", control.stop_recording_after_step, none.stop_recording_after_step);
  number("schedule_seed", control.schedule_seed, none.schedule_seed);
  number("workers", control.workers, none.workers);
  number("clock_shift_ns", control.clock_shift_ns, none.clock_shift_ns);
  if (control.clock_pinned) add("clock_pinned", "1");
  number("entropy_seed", control.entropy_seed, none.entropy_seed);
  return text;
}

Control decode(const std::string& text) {
  Control control;
  std::string_view left = text;
  while (!left.empty()) {
    size_t end = std::min(left.find(';'), left.size());
    std::string_view field = left.substr(0, end);
    if (size_t equals = field.find('='); equals != std::string_view::npos)
      take(control, field.substr(0, equals), field.substr(equals + 1));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return control;
}

}  // namespace detaudit::instrument
