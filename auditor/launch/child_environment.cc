#include "auditor/launch/child_environment.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <string_view>

namespace detaudit::auditor {
namespace {

using Variables = std::map<std::string, std::string>;

Variables own_variables() {
  Variables variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    std::string_view text = *entry;
    size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

// glibc fills fresh blocks, but not those that its per-thread cache hands out again, so the cache
// is off as well (2.36: no measurable cost). A user's other tunables stay.
std::string malloc_tunables(std::string_view users, unsigned fill) {
  std::string tunables =
      "glibc.malloc.perturb=" + std::to_string(fill) + ":glibc.malloc.tcache_count=0";
  while (!users.empty()) {
    std::string_view one = users.substr(0, users.find(':'));
    users.remove_prefix(std::min(users.size(), one.size() + 1));
    if (one.empty() || one.starts_with("glibc.malloc.perturb=") ||
        one.starts_with("glibc.malloc.tcache_count=")) {
      continue;
    }
    tunables.append(":").append(one);
  }
  return tunables;
}

std::vector<std::string> block_of(const Variables& variables) {
  std::vector<std::string> block;
  for (const auto& [name, value] : variables) block.push_back(name + "=" + value);
  return block;
}

// The environment lies on the subject's first stack: its size moves addresses. Padded to a fixed
// measure, a longer setting in one run than in another moves nothing.
void pad(Variables& variables) {
  constexpr size_t kMeasure = 8192;
  size_t bytes = 0;
  std::string& padding = variables["DETAUDIT_PADDING"];
  padding.clear();
  for (const auto& [name, value] : variables) bytes += name.size() + value.size() + 2;
  padding.assign(kMeasure - bytes % kMeasure, '.');
}

// All arms of an audit have one of a length, whatever they hold: an interpreter keeps it on its heap.
std::string control_text(const instrument::Control& control) {
  constexpr size_t kNumbers = 1536;  // no fewer than all numbers and switches of a control take
  instrument::Control in_common;
  in_common.trace_directory = control.trace_directory;
  in_common.watcher = control.watcher;
  in_common.replay_ops = control.replay_ops;
  in_common.capture = control.capture;
  const size_t measure = instrument::encode(in_common).size() + kNumbers;
  std::string text = instrument::encode(control);
  text.resize(std::max(text.size(), measure), ';');
  return text;
}

}  // namespace

std::vector<std::string> own_environment() { return block_of(own_variables()); }

std::vector<std::string> child_environment(const Conditions& conditions,
                                           const std::filesystem::path& preload) {
  Variables variables = own_variables();
  for (const auto& [name, value] : conditions.variables) variables[name] = value;
  variables[instrument::kControlVariable] = control_text(conditions.control);
  if (!preload.empty()) {
    std::string& list = variables["LD_PRELOAD"];
    list = list.empty() ? preload.string() : preload.string() + ":" + list;
    // Last, so that a user's library still stands before it: the recorder that the libc probe was
    // built with, also where the program brings one of another version.
    const std::filesystem::path recorder = preload.parent_path() / "libdetaudit_probe.so.1";
    std::error_code error;
    if (std::filesystem::exists(recorder, error)) list += ":" + recorder.string();
  }
  // A path with a colon in it cannot be in that list: interpreters then say that they have no adapter.
  if (const std::string adapters = python_adapters().string();
      !preload.empty() && !adapters.empty() && adapters.find(':') == std::string::npos) {
    std::string& path = variables["PYTHONPATH"];
    path = path.empty() ? adapters : adapters + ":" + path;
  }
  if (conditions.memory_fill) {
    variables["MALLOC_PERTURB_"] = std::to_string(*conditions.memory_fill);
    std::string& tunables = variables["GLIBC_TUNABLES"];
    tunables = malloc_tunables(tunables, *conditions.memory_fill);
  }
  // Python's cache of compiled modules is not what the program puts out, and the first run would leave
  // it to the others.
  variables.try_emplace("PYTHONDONTWRITEBYTECODE", "1");
  if (conditions.hash_seed) variables["PYTHONHASHSEED"] = std::to_string(*conditions.hash_seed);
  pad(variables);
  return block_of(variables);
}

}  // namespace detaudit::auditor
