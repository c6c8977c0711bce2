#include "instrument/control.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

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

using Number = uint64_t Control::*;
constexpr std::pair<const char*, Number> kGpuNumbers[] = {
    {"gpu_fine_from", &Control::gpu_fine_from},
    {"gpu_fine_to", &Control::gpu_fine_to},
    {"gpu_fine_launches", &Control::gpu_fine_launches},
    {"gpu_fine_bytes", &Control::gpu_fine_bytes},
    {"gpu_sweep_every", &Control::gpu_sweep_every},
    {"gpu_sweep_bytes", &Control::gpu_sweep_bytes},
    {"gpu_narrow_from", &Control::gpu_narrow_from},
    {"gpu_narrow_to", &Control::gpu_narrow_to},
    {"gpu_narrow_every", &Control::gpu_narrow_every}};

void take_gpu(Control& control, std::string_view name, std::string_view value) {
  for (const auto& [known, number] : kGpuNumbers)
    if (name == known) parse(value, control.*number);
}

void take(Control& control, std::string_view name, std::string_view value) {
  if (name == "trace")
    unescape(value, control.trace_directory);
  else if (name == "watcher")
    unescape(value, control.watcher);
  else if (name == "replays")
    parse(value, control.replays);
  else if (name == "replay_seconds")
    parse(value, control.replay_seconds);
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
  else if (name == "other_clocks_pinned")
    control.other_clocks_pinned = value == "1";
  else if (name == "folder_order")
    parse(value, control.folder_order);
  else if (name == "run_from_ns")
    parse(value, control.run_from_ns);
  else if (name == "pid_pinned")
    control.pid_pinned = value == "1";
  else if (name == "replay_exact")
    control.replay_exact = value == "1";
  else if (name == "stack_fill")
    parse(value, control.stack_fill);
  else if (name == "earlier_from_ns")
    parse(value, control.earlier_from_ns);
  else if (name == "earlier_to_ns")
    parse(value, control.earlier_to_ns);
  else if (name == "entropy_seed")
    parse(value, control.entropy_seed);
  else
    take_gpu(control, name, value);
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
  if (!control.watcher.empty()) add("watcher", escape(control.watcher));
  number("replays", control.replays, none.replays);
  number("replay_seconds", control.replay_seconds, none.replay_seconds);
  if (!control.replay_ops.empty()) add("replay_ops", list(control.replay_ops));
  if (!control.capture.empty()) add("capture", list(control.capture));
  number("stop_after_step", control.stop_recording_after_step, none.stop_recording_after_step);
  number("schedule_seed", control.schedule_seed, none.schedule_seed);
  number("workers", control.workers, none.workers);
  number("clock_shift_ns", control.clock_shift_ns, none.clock_shift_ns);
  if (control.clock_pinned) add("clock_pinned", "1");
  if (control.other_clocks_pinned) add("other_clocks_pinned", "1");
  number("folder_order", control.folder_order, none.folder_order);
  number("run_from_ns", control.run_from_ns, none.run_from_ns);
  if (control.pid_pinned) add("pid_pinned", "1");
  if (control.replay_exact) add("replay_exact", "1");
  number("stack_fill", control.stack_fill, none.stack_fill);
  number("earlier_from_ns", control.earlier_from_ns, none.earlier_from_ns);
  number("earlier_to_ns", control.earlier_to_ns, none.earlier_to_ns);
  number("entropy_seed", control.entropy_seed, none.entropy_seed);
  for (const auto& [name, member] : kGpuNumbers) number(name, control.*member, none.*member);
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
